const NAME_LINE = /^ {2}name: metricgates\.metricgate\.io\n/m

const METADATA = `  name: metricgates.metricgate.io
  labels:
    {{- include "metricgate.labels" (list .) | nindent 4 }}
  {{- if .Values.crds.keep }}
  annotations:
    helm.sh/resource-policy: keep
  {{- end }}
`

/**
 * The chart's template of the CustomResourceDefinition: the published one under the values `crds.install` and `crds.keep`. It is
 * a template and not in the folder `crds/` of the chart, because Helm installs what is there once and never upgrades it (Helm, "Custom
 * Resource Definitions").
 * @param definition the text of crds/metricgates.metricgate.io.yaml
 * @throws Error when that is not the text that this was written for
 */
export function crdTemplate(definition: string): string {
  if (!NAME_LINE.test(definition)) throw new Error('BUG: the CRD has no line with its name')
  const literal = definition.replace(/^#.*\n/, '').replaceAll('{{', '{{ "{{" }}')
  return [
    '{{/* Generated from crds/metricgates.metricgate.io.yaml by: npm run generate */}}',
    '{{- if .Values.crds.install }}',
    `${literal.replace(NAME_LINE, METADATA)}{{- end }}`,
    '',
  ].join('\n')
}
