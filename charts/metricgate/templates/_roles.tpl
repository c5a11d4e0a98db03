{{/*
A role for the operator, and what binds it: `(dict "context" . "name" "operator" "namespace" "" "rules" "metricgate.rules.own")`.
Without a namespace it is a ClusterRole.
*/}}
{{- define "metricgate.role" -}}
{{- $ := .context -}}
{{- $kind := ternary "Role" "ClusterRole" (ne .namespace "") -}}
{{- $name := printf "%s-%s" (include "metricgate.fullname" $) .name -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}
metadata:
  name: {{ $name | quote }}
  {{- with .namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels:
    {{- include "metricgate.labels" (list $) | nindent 4 }}
rules:
  {{- range .rules }}
  {{- include . $ | nindent 2 }}
  {{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ $kind }}Binding
metadata:
  name: {{ $name | quote }}
  {{- with .namespace }}
  namespace: {{ . | quote }}
  {{- end }}
  labels:
    {{- include "metricgate.labels" (list $) | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ $kind }}
  name: {{ $name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ include "metricgate.serviceAccountName" $ | quote }}
    namespace: {{ $.Release.Namespace | quote }}
{{- end -}}
