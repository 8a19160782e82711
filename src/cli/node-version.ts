// The oldest Node.js that sluice runs on, checked before anything else.
import { SluiceError } from "../errors.ts";

/** From here on an HTTP/2 server may raise its limit on stream resets, without which Envoy's own resets make requests fail. */
const OLDEST = [22, 12] as const;

/** Throws `node-too-old` for a version such as `20.20.2`. */
export function requireNode(found: string): void {
  const [major = 0, minor = 0] = found.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new SluiceError("node-too-old", `Node.js ${found} is too old: sluice needs ${OLDEST.join(".")} or newer`);
}
