import { GATE_LABEL, INJECT_ANNOTATION, INJECTED_ANNOTATION } from '../../../../operator/api/labels.ts'
import type { MetricGate } from '../../../../operator/api/metricgate.ts'
import {
  type OwnedObject,
  readGate,
  readOwned,
  readPod,
  type WatchedGate,
  type WatchedPod,
} from '../../../../operator/controller/watched.ts'
import { gateWith, stored } from '../../../crds/gates.ts'

/** A gate as the watch keeps it. */
export function watchedGate(
  spec: Record<string, unknown> = {},
  { name = 'shop', generation = 1 }: { name?: string; generation?: number } = {},
): WatchedGate {
  const gate = stored(gateWith(spec, name))
  return readGate({ ...gate, metadata: { ...gate.metadata, generation, resourceVersion: '1' } })
}

/** A valid gate. */
export function validGate(spec: Record<string, unknown> = {}, name = 'shop'): MetricGate {
  const { validation } = watchedGate(spec, { name })
  if (!validation.valid) throw new Error(`not a valid gate: ${JSON.stringify(validation.errors)}`)
  return validation.gate
}

/** An object that belongs to gate "shop", as the watch keeps it. */
export function ownedObject(
  name: string,
  { version = 1, owner = '' }: { version?: number; owner?: string } = {},
): OwnedObject {
  return readOwned({
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-of-${name}`,
      resourceVersion: String(version),
      labels: { [GATE_LABEL]: 'shop' },
      ownerReferences: owner === '' ? [] : [{ uid: owner }],
    },
  })
}

/** A pod: what it asks for, and what the webhook left on it. */
export function watchedPod({
  inject,
  injected,
  labels = {},
  ...metadata
}: {
  inject?: string
  injected?: { gate: string; hash: string }
  ownerReferences?: readonly object[]
  labels?: Record<string, string>
  deletionTimestamp?: string
  annotations?: Record<string, string>
}): WatchedPod {
  return readPod({
    metadata: {
      name: 'pod',
      namespace: 'default',
      uid: 'uid-of-pod',
      resourceVersion: '1',
      ...metadata,
      labels: { ...labels, ...(injected && { [GATE_LABEL]: injected.gate }) },
      annotations: {
        ...metadata.annotations,
        ...(inject !== undefined && { [INJECT_ANNOTATION]: inject }),
        ...(injected && { [INJECTED_ANNOTATION]: injected.hash }),
      },
    },
  })
}
