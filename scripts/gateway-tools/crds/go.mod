// Only the CRDs in this module are used, none of its Go: `go mod tidy` would drop it.
module gateway-tools/crds

go 1.26.7

require github.com/prometheus-operator/prometheus-operator v0.92.0
