{{- define "sluice.selector" -}}
app.kubernetes.io/name: sluice
{{- end }}

{{- define "sluice.metadata" -}}
name: sluice
namespace: {{ .Release.Namespace }}
labels:
  {{- include "sluice.selector" . | nindent 2 }}
  app.kubernetes.io/instance: {{ .Release.Name }}
  app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .Release.Service }}
  helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "sluice.image" -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end }}
