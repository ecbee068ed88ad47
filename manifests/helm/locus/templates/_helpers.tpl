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

{{/* What a probe asks: (list . "/path"). */}}
{{- define "locus.probe" -}}
{path: {{ index . 1 }}, port: admin{{ if (index . 0).Values.tls.enabled }}, scheme: HTTPS{{ end }}}
{{- end }}

{{- define "locus.probes" -}}
startupProbe:
  httpGet: {{ include "locus.probe" (list . "/healthz") }}
  periodSeconds: 1
  failureThreshold: 60
livenessProbe:
  httpGet: {{ include "locus.probe" (list . "/healthz") }}
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {{ include "locus.probe" (list . "/readyz") }}
  periodSeconds: 2
  timeoutSeconds: 5
{{- end }}

{{/* Arguments of a port that asks for certificates; its field. */}}
{{- define "locus.tls.listen" -}}
- --set={{ . }}.tls.cert_file=/etc/locus-tls/tls.crt
- --set={{ . }}.tls.key_file=/etc/locus-tls/tls.key
- --set={{ . }}.tls.client_ca_file=/etc/locus-tls/ca.crt
{{- end }}

{{/* Arguments of a connection: (list "field" "name in the server's certificate"). */}}
{{- define "locus.tls.connection" -}}
- --set={{ index . 0 }}.tls.enabled=true
- --set={{ index . 0 }}.tls.ca_file=/etc/locus-tls/ca.crt
- --set={{ index . 0 }}.tls.cert_file=/etc/locus-tls/tls.crt
- --set={{ index . 0 }}.tls.key_file=/etc/locus-tls/tls.key
- --set={{ index . 0 }}.tls.server_name={{ index . 1 }}
{{- end }}

{{/* A volume with the files: (list "name" "secret"). */}}
{{- define "locus.tls.volume" -}}
- name: {{ index . 0 }}
  secret: {secretName: {{ index . 1 | quote }}}
{{- end }}

{{- define "locus.tls.mount" -}}
- {name: {{ . }}, mountPath: /etc/locus-tls, readOnly: true}
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
    {{- if .Values.tls.enabled }}
    {{- include "locus.tls.listen" "listen" | nindent 4 }}
    {{- include "locus.tls.listen" "admin.listen" | nindent 4 }}
    {{- include "locus.tls.connection" (list "metadata" "locus-meta") | nindent 4 }}
    {{- include "locus.tls.connection" (list "warm_up" "locus-worker") | nindent 4 }}
    {{- end }}
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
    {{- if .Values.tls.enabled }}
    {{- include "locus.tls.mount" "tls" | nindent 4 }}
    {{- end }}
{{- end }}
