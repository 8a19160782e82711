// The text of Envoy's configuration, in YAML or JSON, as plain values: what a slip in it is, and where.
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { LineCounter, parseDocument } from "yaml";
import { SluiceError } from "../errors.ts";

/** In our words where the YAML library speaks to its callers. */
const MULTIPLE_DOCUMENTS = "a second YAML document begins here; one file holds one";

/** Throws `envoy-config-unreadable`. */
export function readEnvoyText(path: string | URL, name: string, hint?: string): string {
  const details = hint === undefined ? {} : { hint };
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new SluiceError("envoy-config-unreadable", `${name}: cannot be read`, { cause, ...details });
  }
  if (!isUtf8(bytes))
    throw new SluiceError("envoy-config-unreadable", `${name}: not text in UTF-8`, { hint: "Save the file as UTF-8.", ...details });
  return bytes.toString();
}

/** Throws `envoy-config-invalid` with the line of the first slip; `hint` in place of the usual one. */
export function parseEnvoyYaml(text: string, name: string, hint?: string): unknown {
  const details = hint === undefined ? {} : { hint };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    const problem = error.code === "MULTIPLE_DOCS" ? MULTIPLE_DOCUMENTS : error.message;
    throw new SluiceError("envoy-config-invalid", `${name}:${line}:${col}: ${problem}`, details);
  }
  try {
    const value: unknown = document.toJS();
    JSON.stringify(value); // refuses what has no end
    return value;
  } catch (cause) {
    // An alias without its anchor, inside of what it names, or so many of them that they unfold to something huge.
    const problem =
      cause instanceof TypeError ? "an alias stands inside of what it names" : cause instanceof Error ? cause.message : String(cause);
    throw new SluiceError("envoy-config-invalid", `${name}: ${problem}`, details);
  }
}
