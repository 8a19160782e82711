// Optional lines of envoy.yaml put in force for tests: exact usage, in the two ways there are, compressed requests made plain, and TLS with
// sluice.
import { inForce } from "../../src/setup/stack/optional-lines.ts";

/** The YAML with the lines of the optional filter, its cluster and its routes in force. */
export function withUsageFilter(yaml: string): string {
  return withPlainAnswers(withUsageFilterAlone(yaml));
}

/** As those had it who took the filter over before servers were asked for plain answers. */
export function withUsageFilterAlone(yaml: string): string {
  return inForce(yaml, "sluice_usage");
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

export function withDecompressors(yaml: string): string {
  return inForce(inForce(yaml, "decompress_gzip"), "decompress_zstd");
}

/** Both clusters of sluice with TLS, and the folder that has tls.crt, tls.key and ca.crt. */
export function withSluiceTls(yaml: string, folder: string): string {
  const block = /^ {4}#transport_socket:\n(?: {4}# {2}.*\n)+/gm;
  return yaml.replace(block, (lines) => lines.replace(/^( *)#/gm, "$1")).replaceAll("/etc/sluice-client/", `${folder}/`);
}
