import type { Logger } from 'pino'
import { FIELD_MANAGER, GROUP } from '../api/labels.ts'
import type { ApiClient } from '../kubernetes/api-client.ts'
import { ApiError } from '../kubernetes/api-error.ts'
import type { Clock } from '../kubernetes/clock.ts'
import { METRIC_GATE } from '../kubernetes/kinds.ts'
import { NOTE_LENGTH_MAX } from './limits.ts'
import type { GateEvent } from './transitions.ts'

const API_VERSION = 'events.k8s.io/v1'

/** The gate that events are about. */
export interface EventSubject {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** Told of each Event, to be counted: its reason, and whether the API server took it. */
export type EventObserver = (reason: string, result: 'success' | 'failure') => void

/** What recording needs. */
export interface RecorderOptions {
  readonly client: ApiClient
  readonly clock: Clock
  readonly logger: Logger
  readonly observe: EventObserver
}

/** Tells people of events, as `kubectl describe metricgate` and `kubectl events` show them. */
export class EventRecorder {
  readonly #options: RecorderOptions

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  /** Records each of them. What cannot be recorded is logged: no work depends on it. */
  async record(gate: EventSubject, events: readonly GateEvent[]): Promise<void> {
    for (const event of events) await this.#post(gate, event)
  }

  async #post(gate: EventSubject, event: GateEvent): Promise<void> {
    const { client, clock, logger, observe } = this.#options
    const path = `/apis/${API_VERSION}/namespaces/${encodeURIComponent(gate.namespace)}/events`
    try {
      await client.json({ method: 'POST', path, body: eventObject(gate, event, new Date(clock.now())) })
      observe(event.reason, 'success')
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      observe(event.reason, 'failure')
      logger.warn(
        { gate: `${gate.namespace}/${gate.name}`, ...event },
        `an Event was not recorded: ${error.message}`,
      )
    }
  }
}

/** The Event object. Pure. */
export function eventObject(
  { namespace, name, uid }: EventSubject,
  { type, reason, action, note }: GateEvent,
  now: Date,
): object {
  const { apiVersion, kind } = METRIC_GATE
  return {
    apiVersion: API_VERSION,
    kind: 'Event',
    metadata: { generateName: `${name}-`, namespace },
    // metav1.MicroTime.
    eventTime: now.toISOString().replace('Z', '000Z'),
    reportingController: `${GROUP}/operator`,
    reportingInstance: FIELD_MANAGER,
    regarding: { apiVersion, kind, namespace, name, uid },
    type,
    reason,
    action,
    note: note.length <= NOTE_LENGTH_MAX ? note : `${note.slice(0, NOTE_LENGTH_MAX - 1)}…`,
  }
}
