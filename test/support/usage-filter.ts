// Exact usage for tests, in the two ways there are: the optional filter of envoy.yaml, and answers on the main filter's own calls.

/** The YAML with the lines of the optional filter, its cluster and its routes in force. */
export function withUsageFilter(yaml: string): string {
  return withPlainAnswers(withUsageFilterAlone(yaml));
}

/** As those had it who took the filter over before servers were asked for plain answers. */
export function withUsageFilterAlone(yaml: string): string {
  return yaml.replace(/^( *)#- name: sluice_usage\n(?:\1# {2}.*\n)+/gm, (block) => block.replace(/^( *)#/gm, "$1"));
}

function withPlainAnswers(yaml: string): string {
  return yaml.replace("#request_headers_to_remove: [accept-encoding]", "request_headers_to_remove: [accept-encoding]");
}

/** For gateways that have no such filter: the main one is sent the answers, too. */
export function withAnswersOnMainFilter(yaml: string): string {
  return withPlainAnswers(yaml)
    .replace("response_header_mode: SKIP ", "response_header_mode: SEND ")
    .replace("response_body_mode: NONE\n", "response_body_mode: STREAMED\n")
    .replace("response_trailer_mode: SKIP\n", "response_trailer_mode: SEND\n");
}
