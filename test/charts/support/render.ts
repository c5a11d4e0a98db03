import { parseAllDocuments } from 'yaml'
import { CHART } from '../../../charts/generated.ts'
import type { Helm } from '../../cluster/index.ts'
import type { AnyObject } from '../../operator/controller/support/admin.ts'

/** Values of the chart, as a values file would have them. */
export type Values = Readonly<Record<string, unknown>>

/** A way to install the chart. */
export interface Installation {
  readonly release?: string
  readonly namespace?: string
  readonly values: Values
}

/** Values as flags of Helm. */
export function valueFlags(values: Values): string[] {
  return Object.entries(values).map(([name, value]) => `--set-json=${name}=${JSON.stringify(value)}`)
}

/** What `helm template` prints; throws ClusterError E_PROGRAM when Helm refuses the values. */
export function render(helm: Helm, installation: Installation, ...flags: readonly string[]): Promise<string> {
  const { release = 'metricgate', namespace = 'metricgate-system', values } = installation
  return helm('template', release, CHART, `--namespace=${namespace}`, ...valueFlags(values), ...flags)
}

/** The objects of a rendering; throws Error when a document of it is no object. */
export function objectsOf(rendering: string): AnyObject[] {
  return parseAllDocuments(rendering).map(document => {
    if (document.errors[0] !== undefined) throw document.errors[0]
    const object = document.toJS() as AnyObject | null
    if (object === null) throw new Error(`a document without an object: ${document.toString()}`)
    return object
  })
}

/** The objects of one kind. */
export function ofKind(objects: readonly AnyObject[], kind: string): AnyObject[] {
  return objects.filter(object => object.kind === kind)
}

/** The one object of a kind; throws Error when there are none or several. */
export function theOnly(objects: readonly AnyObject[], kind: string): AnyObject {
  const [object, ...others] = ofKind(objects, kind)
  if (object === undefined || others.length > 0) throw new Error(`${others.length + 1} objects are a ${kind}`)
  return object
}
