{{/* What the pods of this release have in common. */}}

{{- define "pyca.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* Pod security level "restricted"; called with (list uid), the image's own user. */}}
{{- define "pyca.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ index . 0 }}
runAsGroup: {{ index . 0 }}
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "pyca.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- define "pyca.scheduling" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The settings of `pyca operator`, the same for the Deployment and the clean-up that takes everything back. */}}
{{- define "pyca.operatorEnv" -}}
- name: PYCA_NAMESPACE
  valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
- name: PYCA_AGENT_IMAGE
  value: {{ include "pyca.image" . | quote }}
- name: PYCA_AGENT_PULL_POLICY
  value: {{ .Values.image.pullPolicy }}
- name: PYCA_AGENT_RESOURCES
  value: {{ .Values.agent.resources | toJson | quote }}
- name: PYCA_WEBHOOK_CONFIGURATION
  value: {{ include "pyca.operator" . }}
- name: PYCA_SERVICE
  value: {{ include "pyca.operator" . }}
- name: PYCA_CERTIFICATE_SECRET
  value: {{ include "pyca.certificateSecret" . }}
- name: PYCA_BROKER_SECRET
  value: {{ include "pyca.brokerSecret" . }}
- name: PYCA_FLUSH_INTERVAL
  value: {{ .Values.agent.flushInterval | quote }}
- name: PYCA_WEBHOOK_PORT
  value: "9443"
- name: PYCA_METRICS_PORT
  value: "8080"
- name: PYCA_LOG_LEVEL
  value: {{ .Values.logLevel }}
{{- end -}}
