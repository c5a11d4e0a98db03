import { Counter, Gauge, type Registry } from 'prom-client'
import { PREFIX } from './prefix.ts'

/** Registers whether this replica leads, and how often that has changed; the returned function counts a change. */
export function leaderMetrics(registry: Registry, isLeader: () => boolean): () => void {
  const registers = [registry]
  new Gauge({
    name: `${PREFIX}_leader`,
    help: 'Whether this replica leads (1) or follows (0). Only the leader writes.',
    registers,
    collect() {
      this.set(isLeader() ? 1 : 0)
    },
  })
  const transitions = new Counter({
    name: `${PREFIX}_leader_transitions_total`,
    help: 'Times that this replica began or ceased to lead.',
    registers,
  })
  return () => transitions.inc()
}
