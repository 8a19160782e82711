// Where each of several processes listens, and writes: at an address and in a file of its own, made from those in the configuration. Envoy
// has each as an endpoint: it opens one connection per worker and endpoint, so that a socket which all share would leave some idle.
import { extname } from "node:path";
import { SluiceError } from "../errors.ts";
import { formatListenAddress, parseListenAddress } from "../listen-address.ts";

const LAST_PORT = 65_535;

/**
 * `unix:/run/sluice.sock` gives `unix:/run/sluice.sock.0` and up; a port gives itself and the next ones, but not the admin's; port 0 stays:
 * each takes a free one. Throws `listen-invalid` where the ports do not suffice, or a path is too long.
 */
export function processAddresses(extProc: string, admin: string, count: number): readonly string[] {
  const [address, taken] = [parseListenAddress(extProc), parseListenAddress(admin)];
  const indexes = Array.from({ length: count }, (_, index) => index);
  if (address.kind === "unix") {
    return indexes.map((index) => formatListenAddress(parseListenAddress(`${formatListenAddress(address)}.${index}`)));
  }
  if (address.port === 0) return indexes.map(() => extProc);
  const ports = Array.from({ length: count + 1 }, (_, index) => address.port + index);
  const free = ports.filter((port) => taken.kind === "unix" || port !== taken.port).slice(0, count);
  if ((free.at(-1) ?? 0) > LAST_PORT) {
    throw new SluiceError("listen-invalid", `listen address ${JSON.stringify(extProc)}: ${count} processes need as many ports from it on`);
  }
  return free.map((port) => formatListenAddress({ ...address, port }));
}

/** `decisions.jsonl` gives `decisions-0.jsonl` and up: two processes cannot begin one file anew. */
export function processFile(file: string, index: number): string {
  const ending = extname(file);
  return `${file.slice(0, file.length - ending.length)}-${index}${ending}`;
}
