import { Gauge, type Registry } from 'prom-client'
import type { WatchHealth } from '../controller/kind-watch.ts'
import { PREFIX } from './prefix.ts'

/** Registers how the watch of each kind is doing, whenever somebody asks. */
export function watchMetrics(registry: Registry, health: () => readonly WatchHealth[]): void {
  const registers = [registry]
  new Gauge({
    name: `${PREFIX}_watched_objects`,
    help: 'Objects that are watched, by kind.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const { kind, objects } of health()) this.set({ kind: kind.kind }, objects)
    },
  })
  new Gauge({
    name: `${PREFIX}_watch_last_progress_timestamp_seconds`,
    help: 'When the API server last said something about the kind: about once a minute, if only that there is nothing new.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const { kind, lastProgressMs } of health()) this.set({ kind: kind.kind }, lastProgressMs / 1000)
    },
  })
}
