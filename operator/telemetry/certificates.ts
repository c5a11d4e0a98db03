import { Counter, Gauge, type Registry } from 'prom-client'
import type { Webhook, WebhookObserver } from '../webhook/start.ts'
import { PREFIX } from './prefix.ts'

/** Registers what the webhook writes; returns who is to be told of it. */
export function registrationMetrics(registry: Registry): Pick<WebhookObserver, 'renewed' | 'registered'> {
  const registers = [registry]
  const renewals = new Counter({
    name: `${PREFIX}_certificate_renewals_total`,
    help: 'Times that the Secret with the certificates of the webhook was written.',
    registers,
  })
  const registrations = new Counter({
    name: `${PREFIX}_webhook_registrations_total`,
    help: 'Times that the webhook configuration was written.',
    registers,
  })
  return { renewed: () => renewals.inc(), registered: () => registrations.inc() }
}

/** Registers when the certificates expire; no series while there are none. */
export function expiryMetrics(registry: Registry, webhook: Pick<Webhook, 'expiry'>): void {
  new Gauge({
    name: `${PREFIX}_certificate_expiry_timestamp_seconds`,
    help: 'When the certificate that the webhook serves (leaf) and the youngest authority expire.',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      const expiry = webhook.expiry()
      if (expiry === undefined) return
      this.set({ kind: 'leaf' }, expiry.leafMs / 1000)
      this.set({ kind: 'authority' }, expiry.authorityMs / 1000)
    },
  })
}
