// Exact usage for tests, in the two ways there are: the optional filter of envoy.yaml, and answers on the main filter's own calls.

/** The YAML with the lines of the optional filter and its cluster in force. */
export function withUsageFilter(yaml: string): string {
  return yaml.replace(/^( *)#- name: sluice_usage\n(?:\1# {2}.*\n)+/gm, (block) => block.replace(/^( *)#/gm, "$1"));
}

/** For gateways that have no such filter: the main one is sent the answers, too. */
export function withAnswersOnMainFilter(yaml: string): string {
  return yaml
    .replace("response_header_mode: SKIP ", "response_header_mode: SEND ")
    .replace("response_body_mode: NONE\n", "response_body_mode: STREAMED\n")
    .replace("response_trailer_mode: SKIP\n", "response_trailer_mode: SEND\n");
}
