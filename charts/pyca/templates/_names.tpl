{{/* Names and labels, the usual way: <release>-pyca, or <release> where it says "pyca" already. */}}

{{- define "pyca.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "pyca.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "pyca.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "pyca.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "pyca.operator" -}}{{ include "pyca.fullname" . }}-operator{{- end -}}
{{- define "pyca.rabbitmq" -}}{{ include "pyca.fullname" . }}-rabbitmq{{- end -}}
{{- define "pyca.cleanUp" -}}{{ include "pyca.fullname" . }}-clean-up{{- end -}}
{{- define "pyca.certificateSecret" -}}{{ include "pyca.operator" . }}-certificate{{- end -}}

{{- define "pyca.brokerSecret" -}}
{{- .Values.broker.existingSecret | default (printf "%s-broker" (include "pyca.operator" .)) -}}
{{- end -}}

{{/* Called with (list . "component"). */}}
{{- define "pyca.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "pyca.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "pyca.labels" -}}
{{- $root := index . 0 -}}
{{ include "pyca.selectorLabels" . }}
app.kubernetes.io/part-of: pyca
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end -}}
