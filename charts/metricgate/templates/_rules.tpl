{{/* What the operator may do in the namespaces of gates: no more than it does. */}}
{{- define "metricgate.rules.gates" -}}
- apiGroups: [metricgate.io]
  resources: [metricgates]
  verbs: [list, watch]
- apiGroups: [metricgate.io]
  resources: [metricgates/status]
  verbs: [patch]
# The objects of a gate hold up its deletion in the foreground (blockOwnerDeletion), which is a matter of its finalizers.
- apiGroups: [metricgate.io]
  resources: [metricgates/finalizers]
  verbs: [update]
# The objects of gates. Server-side apply is a patch, and a create where there is nothing yet. Of Services, ServiceMonitors and
# PodMonitors those of others are read, too: they may scrape past a gate.
- apiGroups: [""]
  resources: [configmaps, services]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [list, watch, create, patch, delete]
- apiGroups: [monitoring.coreos.com]
  resources: [servicemonitors, podmonitors]
  verbs: [list, watch, create, patch, delete]
# Metadata: who has a sidecar, and who should. One pod of a workload is read whole where what scrapes it names a port that the gate
# numbers, or the other way round.
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
# What has happened to gates.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
# What the aggregators of gates find.
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
{{- end -}}

{{/* What concerns the whole cluster, whatever namespaces are watched. */}}
{{- define "metricgate.rules.cluster" -}}
# The operator's own webhook.
- apiGroups: [admissionregistration.k8s.io]
  resources: [mutatingwebhookconfigurations]
  resourceNames: [{{ include "metricgate.webhookConfigurationName" . | quote }}]
  verbs: [list, watch, create, patch]
# Its uid, as the owner of the webhook configuration: that goes with this role.
- apiGroups: [rbac.authorization.k8s.io]
  resources: [clusterroles]
  resourceNames: [{{ printf "%s-operator" (include "metricgate.fullname" .) | quote }}]
  verbs: [get]
{{- end -}}

{{/* What the operator may do in its own namespace. */}}
{{- define "metricgate.rules.own" -}}
# The Lease of the leader election, which the operator makes itself. A name cannot restrict create.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create]
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [metricgate-operator]
  verbs: [get, update]
{{- if eq .Values.certificates.source "managed" }}
# The Secret with the certificates of the webhook. A name cannot restrict create.
- apiGroups: [""]
  resources: [secrets]
  verbs: [create]
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [{{ include "metricgate.certificateSecretName" . | quote }}]
  verbs: [list, watch, update]
{{- else }}
# The Secret with the certificates of the webhook, which somebody else makes.
- apiGroups: [""]
  resources: [secrets]
  resourceNames: [{{ include "metricgate.certificateSecretName" . | quote }}]
  verbs: [list, watch]
{{- end }}
{{- end -}}

{{/* What proxy.rollout: Auto takes, in the namespaces of gates. */}}
{{- define "metricgate.rules.rollout" -}}
# Metadata only: which Deployment it is of.
- apiGroups: [apps]
  resources: [replicasets]
  verbs: [get]
# Metadata only: whether the webhook leaves it out.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
# Whether it can be restarted, and an annotation of its pod template.
- apiGroups: [apps]
  resources: [statefulsets, daemonsets]
  verbs: [get, patch]
# To patch Deployments is permitted already.
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get]
{{- end -}}
