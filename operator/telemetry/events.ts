import { Counter, type Registry } from 'prom-client'
import type { EventObserver } from '../events/recorder.ts'
import { PREFIX } from './prefix.ts'

/** Registers the metrics of Events; returns who is to be told of each. */
export function eventMetrics(registry: Registry): EventObserver {
  const events = new Counter({
    name: `${PREFIX}_events_total`,
    help: 'Events about gates by their reason, and whether the API server took them.',
    labelNames: ['reason', 'result'],
    registers: [registry],
  })
  return (reason, result) => events.inc({ reason, result })
}
