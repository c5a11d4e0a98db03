import { Gauge, type Registry } from 'prom-client'
import { PREFIX } from './prefix.ts'

/** Registers which version runs, as `<program>_build_info` is usual among Prometheus' own programs. */
export function buildMetrics(registry: Registry, version: string): void {
  new Gauge({
    name: `${PREFIX}_build_info`,
    help: 'Always 1; the label says which version runs.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1)
}
