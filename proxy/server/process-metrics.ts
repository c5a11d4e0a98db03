import { Counter, Gauge, type Registry } from 'prom-client'

/** What the process knows of itself. */
export interface ProcessFacts {
  readonly version: string
  /** Milliseconds since 1970. */
  readonly startedAtMs: number
  readonly memoryBytes: () => number
  /** CPU time used so far, in seconds. */
  readonly cpuSeconds: () => number
}

/** Adds the usual metrics of a process, and the version, to a registry. */
export function registerProcessMetrics(registry: Registry, facts: ProcessFacts): void {
  const registers = [registry]
  new Gauge({
    name: 'metricgate_proxy_build_info',
    help: 'Always 1; the label says which version runs.',
    labelNames: ['version'],
    registers,
  }).set({ version: facts.version }, 1)
  new Gauge({ name: 'process_start_time_seconds', help: 'When the process started.', registers }).set(
    facts.startedAtMs / 1000,
  )
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory.',
    registers,
    collect() {
      this.set(facts.memoryBytes())
    },
  })
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time used.',
    registers,
    collect() {
      this.reset()
      this.inc(facts.cpuSeconds())
    },
  })
}
