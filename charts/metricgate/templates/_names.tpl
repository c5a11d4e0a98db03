{{/* What the names of all objects begin with: at most 54 characters, so that a Service's name has 63 with its ending. */}}
{{- define "metricgate.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride }}
{{- else if contains "metricgate" .Release.Name -}}
{{ .Release.Name | replace "." "-" | trunc 54 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-metricgate" .Release.Name | replace "." "-" | trunc 54 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{/* What of the pods never changes, and who they are to Services. */}}
{{- define "metricgate.selector" -}}
app.kubernetes.io/name: metricgate
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: operator
{{- end -}}

{{/* Labels of an object: `(list . .Values.podLabels)`. Of one name the later counts: the common ones, those listed, and ours. */}}
{{- define "metricgate.labels" -}}
{{- $ := first . -}}
{{- $ours := dict "app.kubernetes.io/name" "metricgate" "app.kubernetes.io/instance" $.Release.Name "app.kubernetes.io/version" $.Chart.AppVersion -}}
{{- $labels := dict -}}
{{- range concat (list $.Values.commonLabels) (rest .) (list $ours) -}}
{{- range $name, $value := . -}}
{{- $_ := set $labels $name $value -}}
{{- end -}}
{{- end -}}
{{- toYaml $labels -}}
{{- end -}}

{{/* Name, namespace and labels: `(list . "operator" (dict "a" "b"))` gives the name its ending, and labels besides the common ones. */}}
{{- define "metricgate.metadata" -}}
{{- $ := index . 0 -}}
name: {{ printf "%s-%s" (include "metricgate.fullname" $) (index . 1) | quote }}
namespace: {{ $.Release.Namespace | quote }}
labels:
  {{- include "metricgate.labels" (prepend (slice . 2) $) | nindent 2 }}
{{- end -}}

{{/* The same for objects of no namespace. */}}
{{- define "metricgate.clusterMetadata" -}}
{{- $ := index . 0 -}}
name: {{ printf "%s-%s" (include "metricgate.fullname" $) (index . 1) | quote }}
labels:
  {{- include "metricgate.labels" (prepend (slice . 2) $) | nindent 2 }}
{{- end -}}

{{- define "metricgate.serviceAccountName" -}}
{{ .Values.serviceAccount.name | default (printf "%s-operator" (include "metricgate.fullname" .)) }}
{{- end -}}

{{- define "metricgate.certificateSecretName" -}}
{{ .Values.certificates.secretName | default (printf "%s-webhook-tls" (include "metricgate.fullname" .)) }}
{{- end -}}

{{- define "metricgate.webhookConfigurationName" -}}
{{ .Values.webhook.configurationName | default (include "metricgate.fullname" .) }}
{{- end -}}

{{/* `repository:tag`, `repository@digest`, or both: `(list . .Values.image)`. */}}
{{- define "metricgate.image" -}}
{{- $ := index . 0 -}}
{{- $image := index . 1 -}}
{{- $tag := $image.tag | default (ternary "" $.Chart.AppVersion (ne $image.digest "")) -}}
{{ $image.repository }}{{ with $tag }}:{{ . }}{{ end }}{{ with $image.digest }}@{{ . }}{{ end }}
{{- end -}}
