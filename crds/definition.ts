import type { KubernetesObject } from '@kubernetes/client-node'
import { stringify } from 'yaml'
import { GROUP, KIND, PLURAL, VERSION } from '../operator/api/labels.ts'
import { metricGateSchema } from '../operator/api/metricgate.ts'
import { type StructuralSchema, structuralSchema } from './structural-schema.ts'

const CONVENTIONAL_PROPERTIES = {
  apiVersion: {
    type: 'string',
    description: 'Version of the API that the object is written in: group and version.',
  },
  kind: { type: 'string', description: 'Kind of the object.' },
  metadata: { type: 'object', properties: { name: { type: 'string' } } },
}

const COLUMNS = [
  { name: 'Mode', type: 'string', jsonPath: '.spec.mode' },
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Reason', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].reason', priority: 1 },
  {
    name: 'Pods',
    type: 'integer',
    jsonPath: '.status.pods.matched',
    description: 'Pods that should have a sidecar.',
  },
  {
    name: 'Injected',
    type: 'integer',
    jsonPath: '.status.pods.injected',
    description: 'Pods that have one.',
  },
  {
    name: 'Targets',
    type: 'integer',
    jsonPath: '.status.targets.resolved',
    description: 'Pods that the aggregator asks.',
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
]

/** A CustomResourceDefinition in the form in which it is sent (client-node's own type renames `x-kubernetes-…`). */
export interface CustomResourceDefinition extends KubernetesObject {
  readonly spec: Readonly<Record<string, unknown>>
}

/** The CustomResourceDefinition of MetricGate, made from the zod schema in `operator/api/`. */
export function metricGateDefinition(): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${PLURAL}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: PLURAL,
        singular: 'metricgate',
        shortNames: ['mg'],
        // Not "all": `kubectl delete all --all` is meant for workloads, and would take the gates along.
        categories: ['monitoring'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: rootSchema() },
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS,
        },
      ],
    },
  }
}

/** The file in which the definition is published. */
export function renderDefinition(): string {
  const comment = '# Generated from operator/api/ by: node crds/generate.ts\n'
  return comment + stringify(metricGateDefinition(), { lineWidth: 0, aliasDuplicateObjects: false })
}

/**
 * The status of a gate that no operator has seen. Without one kstatus would take the gate for current, and a GitOps tool would report
 * success too early; a generation begins at 1, so that this one is in progress.
 */
const UNSEEN_STATUS = { observedGeneration: 0 }

/** The schema of the whole object. Of `metadata` the API server knows everything itself. */
export function rootSchema(): StructuralSchema {
  const { spec, status } = metricGateSchema.shape
  return {
    ...metricGateSchema.meta(),
    type: 'object',
    required: ['spec'],
    properties: {
      ...CONVENTIONAL_PROPERTIES,
      spec: structuralSchema(spec),
      status: { default: UNSEEN_STATUS, ...structuralSchema(status) },
    },
  }
}
