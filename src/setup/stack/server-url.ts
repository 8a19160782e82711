// The address of an OpenAI-compatible server as an operator writes it, and where a client's path lands on it.

export interface ServerUrl {
  readonly tls: boolean;
  readonly host: string; // a DNS name or an IP address, IPv6 without brackets
  readonly port: number;
  readonly authority: string; // what the server expects as Host: the port only where it is not the scheme's own
  readonly basePath: string; // what takes the place of the client's leading /v1; no slash at its end
}

const VERSION_SEGMENT = /^v\d/; // v1, v4, v1beta

/**
 * Reads an http(s) URL; undefined when it is none. A path with a version in it is complete, as the base URL given to an OpenAI client
 * is: with https://host/api/v1 a request for /v1/chat/completions goes to /api/v1/chat/completions. To any other path /v1 is added.
 */
export function parseServerUrl(text: string): ServerUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const tls = url.protocol === "https:";
  const isPlain = url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!(tls || url.protocol === "http:") || !isPlain) return undefined;
  const path = url.pathname.replace(/\/+$/, "");
  return {
    tls,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (tls ? 443 : 80) : Number(url.port),
    authority: url.host,
    basePath: path.split("/").some((segment) => VERSION_SEGMENT.test(segment)) ? path : `${path}/v1`,
  };
}
