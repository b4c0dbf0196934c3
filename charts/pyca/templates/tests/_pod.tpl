{{/* What both test pods share. The image has no shell: its Node runs a script of files/. */}}

{{- define "pyca.testHook" -}}
helm.sh/hook: test
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{- define "pyca.testPod" -}}
restartPolicy: Never
automountServiceAccountToken: false
enableServiceLinks: false
securityContext: {{- include "pyca.podSecurityContext" (list 65532) | nindent 2 }}
{{- with include "pyca.scheduling" . | trim }}
{{ . }}
{{- end }}
{{- end -}}

{{- define "pyca.testContainer" -}}
image: {{ include "pyca.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
command: [/usr/bin/node]
resources: {{- toYaml .Values.resources | nindent 2 }}
securityContext: {{- include "pyca.containerSecurityContext" . | nindent 2 }}
{{- end -}}
