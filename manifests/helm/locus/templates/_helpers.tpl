{{/* Labels of an object, and of the pods that it makes: the name. */}}
{{- define "locus.labels" -}}
app.kubernetes.io/name: {{ . }}
app.kubernetes.io/part-of: locus
{{- end }}

{{/* "repository:tag" of one of our images: (list . "meta"). */}}
{{- define "locus.image" -}}
{{- $image := (index (index . 0).Values (index . 1)).image -}}
{{ $image.repository }}:{{ $image.tag | default (index . 0).Chart.AppVersion }}
{{- end }}

{{/* Settings over the file, as arguments: those of `set`. */}}
{{- define "locus.set" -}}
{{- range $name, $value := . }}
- {{ printf "--set=%s=%v" $name $value | quote }}
{{- end }}
{{- end }}

{{/* A pod that needs nothing of its node; the user. */}}
{{- define "locus.confined" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "locus.container" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Replicas apart from each other; the name. */}}
{{- define "locus.spread" -}}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- topologyKey: {{ . }}
  maxSkew: 1
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      app.kubernetes.io/name: {{ $ }}
{{- end }}
{{- end }}

{{- define "locus.probes" -}}
startupProbe:
  httpGet: {path: /healthz, port: admin}
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /healthz, port: admin}
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: admin}
  periodSeconds: 2
  timeoutSeconds: 5
{{- end }}

{{/* A variable from a field of the pod: (list "NAME" "field"). */}}
{{- define "locus.field" -}}
- name: {{ index . 0 }}
  valueFrom:
    fieldRef: {fieldPath: {{ index . 1 }}}
{{- end }}

{{- define "locus.extender" -}}
- name: locus-extender
  image: {{ include "locus.image" (list . "extender") }}
  args:
    - --config=/etc/locus/extender.yaml
    - --set=admin.enabled=true
    - --set=admin.listen.address={{ eq .Values.scheduler.kind "own" | ternary "0.0.0.0" "$(HOST_IP)" }}
    - --set=metadata.target=locus-meta.$(POD_NAMESPACE).svc:8910
    - --set=kubernetes.in_cluster=true
    - --set=gate.lease_namespace=$(POD_NAMESPACE)
    - --set=gate.identity=$(POD_NAME)
    {{- include "locus.set" .Values.extender.set | nindent 4 }}
  env:
    {{- include "locus.field" (list "POD_NAMESPACE" "metadata.namespace") | nindent 4 }}
    {{- include "locus.field" (list "POD_NAME" "metadata.name") | nindent 4 }}
    {{- if eq .Values.scheduler.kind "existing" }}
    {{- include "locus.field" (list "HOST_IP" "status.hostIP") | nindent 4 }}
    {{- end }}
  ports:
    - {name: admin, containerPort: 8901, protocol: TCP{{ if eq .Values.scheduler.kind "existing" }}, hostPort: 8901{{ end }}}
  {{- include "locus.probes" . | nindent 2 }}
  resources: {{- toYaml .Values.extender.resources | nindent 4 }}
  securityContext: {{- include "locus.container" . | nindent 4 }}
  volumeMounts:
    - {name: config, mountPath: /etc/locus, readOnly: true}
{{- end }}
