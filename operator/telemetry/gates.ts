import { Gauge, type Registry } from 'prom-client'
import type { WatchedGate } from '../controller/watched.ts'
import { gateProblems } from './gate-problems.ts'
import { PREFIX } from './prefix.ts'

const POD_STATES = ['matched', 'injected', 'missed', 'outdated'] as const

/** Registers what the status of all gates says, whenever somebody asks. */
export function gateMetrics(registry: Registry, gates: () => Iterable<WatchedGate>): void {
  const registers = [registry]
  new Gauge({
    name: `${PREFIX}_gates`,
    help: 'Gates by the status of their condition Ready.',
    labelNames: ['ready'],
    registers,
    collect() {
      const counts = { True: 0, False: 0, Unknown: 0 }
      for (const { status } of gates()) {
        counts[status.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown'] += 1
      }
      for (const [ready, count] of Object.entries(counts)) this.set({ ready }, count)
    },
  })
  new Gauge({
    name: `${PREFIX}_pods`,
    help: 'Pods of all gates: matched should have a sidecar, injected have one, missed have none, outdated have one that would not be injected today.',
    labelNames: ['state'],
    registers,
    collect() {
      const counts = { matched: 0, injected: 0, missed: 0, outdated: 0 }
      for (const { status } of gates()) {
        for (const state of POD_STATES) counts[state] += status.pods?.[state] ?? 0
      }
      for (const state of POD_STATES) this.set({ state }, counts[state])
    },
  })
  new Gauge({
    name: `${PREFIX}_gate_problem`,
    help: 'Always 1: a condition of a gate that is not as it should be, and why. A gate that is well has none.',
    labelNames: ['gate_namespace', 'gate', 'condition', 'reason'],
    registers,
    collect() {
      this.reset()
      for (const { metadata, status } of gates()) {
        for (const { type, reason } of gateProblems(status)) {
          this.set({ gate_namespace: metadata.namespace, gate: metadata.name, condition: type, reason }, 1)
        }
      }
    },
  })
}
