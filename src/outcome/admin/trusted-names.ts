// By which names the admin port may be asked. A page of anywhere can have its own name resolve to this machine (DNS rebinding), and then
// reads and writes here from an operator's browser; what gives it away is the name in `Host`, and the page's own in `Origin`. Pure.
import { isIP } from "node:net";
import type { ListenAddress } from "../../listen-address.ts";

export interface TrustedNames {
  /** Of any request. An address is no name, and no DNS gives it: only names are asked for. Without `Host` it is no browser. */
  isTrustedHost(host: string | undefined): boolean;
  /** Of a write. Browsers name the page's origin with every one; what names none is no browser, and may use any name. */
  isTrustedOrigin(origin: string | undefined, host: string | undefined): boolean;
}

/** `further`: names beside loopback's and the one listened on. No browser gets at a Unix socket. */
export function trustedNames(listen: ListenAddress, further: readonly string[]): TrustedNames {
  if (listen.kind === "unix") return { isTrustedHost: () => true, isTrustedOrigin: () => true };
  const given = new Set(further.map((name) => name.toLowerCase()));
  const isOwn = (name: string) => name === "localhost" || name.endsWith(".localhost") || name === listen.host.toLowerCase();
  const isTrustedHost = (host: string | undefined) => {
    if (host === undefined) return true;
    const name = nameOf(host);
    return isIP(name) !== 0 || isOwn(name) || given.has(name);
  };
  return {
    isTrustedHost,
    isTrustedOrigin(origin, host) {
      if (origin === undefined) return true;
      const from = URL.canParse(origin) ? new URL(origin).host : ""; // `null` of a page without one
      if (from === "") return false;
      return (from === host?.toLowerCase() && isTrustedHost(host)) || given.has(nameOf(from));
    },
  };
}

/** Of `Host`, without port, brackets and the dot that may end a name. */
function nameOf(host: string): string {
  const name = /^\[(.*)\](?::\d*)?$/.exec(host)?.[1] ?? host.replace(/:\d*$/, "");
  return name.toLowerCase().replace(/\.$/, "");
}
