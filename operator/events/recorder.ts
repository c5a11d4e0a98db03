import type { Logger } from 'pino'
import { FIELD_MANAGER, GROUP } from '../api/labels.ts'
import type { ApiClient } from '../kubernetes/api-client.ts'
import type { Clock } from '../kubernetes/clock.ts'
import { METRIC_GATE } from '../kubernetes/kinds.ts'
import { EVENTS_WAITING_MAX, NOTE_BYTES_MAX } from './limits.ts'
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

interface Waiting {
  readonly gate: EventSubject
  readonly event: GateEvent
}

/**
 * Tells people of events, as `kubectl describe metricgate` and `kubectl events` show them: one after the other, while the work goes on.
 * What cannot be recorded is logged.
 */
export class EventRecorder {
  readonly #options: RecorderOptions
  readonly #waiting: Waiting[] = []
  #recording: Promise<void> | undefined

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  /** Records each of them, in a while. */
  record(gate: EventSubject, events: readonly GateEvent[]): void {
    for (const event of events) {
      if (this.#waiting.length < EVENTS_WAITING_MAX) this.#waiting.push({ gate, event })
      else this.#lose({ gate, event }, `${EVENTS_WAITING_MAX} wait already`)
    }
    // Without anything to wait for it would have ended, and stay.
    if (this.#waiting.length > 0) this.#recording ??= this.#recordAll()
  }

  /** Resolves when all are recorded. */
  async flush(): Promise<void> {
    await this.#recording
  }

  /** Drops those that wait, and resolves when nothing is on its way. */
  async stop(): Promise<void> {
    this.#waiting.length = 0
    await this.flush()
  }

  async #recordAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      await this.#post(next)
    this.#recording = undefined
  }

  async #post(waiting: Waiting): Promise<void> {
    const { gate, event } = waiting
    const { client, clock, observe } = this.#options
    const path = `/apis/${API_VERSION}/namespaces/${encodeURIComponent(gate.namespace)}/events`
    try {
      await client.json({ method: 'POST', path, body: eventObject(gate, event, new Date(clock.now())) })
      observe(event.reason, 'success')
    } catch (error) {
      this.#lose(waiting, error instanceof Error ? error.message : String(error))
    }
  }

  #lose({ gate, event }: Waiting, why: string): void {
    const { logger, observe } = this.#options
    observe(event.reason, 'failure')
    logger.warn({ gate: `${gate.namespace}/${gate.name}`, ...event }, `an Event was not recorded: ${why}`)
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
    note: cutNote(note),
  }
}

const ELLIPSIS = '…'

function cutNote(note: string): string {
  const bytes = Buffer.from(note)
  if (bytes.length <= NOTE_BYTES_MAX) return note
  let end = NOTE_BYTES_MAX - Buffer.byteLength(ELLIPSIS)
  // Not within a character: its bytes after the first one begin with 10.
  while (((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--
  return `${bytes.toString('utf8', 0, end)}${ELLIPSIS}`
}
