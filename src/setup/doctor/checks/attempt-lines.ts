// The lines of Envoy's configuration by which sluice sets the model of each attempt, as in envoy/envoy.yaml.

const HTTP = "type.googleapis.com/envoy.extensions.filters.http";
const MATCHING = "type.googleapis.com/envoy.extensions.common.matching.v3.ExtensionWithMatcher";
const SKIP = "type.googleapis.com/envoy.extensions.filters.common.matcher.action.v3.SkipFilter";

/** `tiers`: of each attempt, in order, with commas. `asDecided`: the attempts, from 1, that need nothing. */
export function attemptLines(tiers: string, asDecided: readonly number[]): string {
  const skipped = asDecided.map(
    (attempt) => `\n              "${attempt}": { action: { name: skip, typed_config: { "@type": ${SKIP} } } }`,
  );
  return `# in this cluster
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: { http_protocol_options: {} }
    http_filters:
    - name: sluice_attempt
      typed_config:
        "@type": ${MATCHING}
        xds_matcher:
          matcher_tree:
            input:
              name: attempt
              typed_config:
                "@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput
                header_name: x-envoy-attempt-count
            exact_match_map:
              map:${skipped.join("")}
        extension_config:
          name: envoy.filters.http.ext_proc
          typed_config:
            "@type": ${HTTP}.ext_proc.v3.ExternalProcessor
            stat_prefix: attempt
            failure_mode_allow: true
            message_timeout: 2s
            processing_mode: { request_header_mode: SEND, request_body_mode: BUFFERED, response_header_mode: SKIP }
            grpc_service:
              envoy_grpc: { cluster_name: sluice }
              timeout: 0s
              initial_metadata: [{ key: x-sluice-attempts, value: "${tiers}" }]
    - name: envoy.filters.http.upstream_codec
      typed_config: { "@type": ${HTTP}.upstream_codec.v3.UpstreamCodec }
# and in the virtual host
include_request_attempt_count: true`;
}
