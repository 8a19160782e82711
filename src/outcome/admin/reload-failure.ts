// A changed configuration that could not be taken: what is said of it to those who watch, and in the log, while the old one serves.
import { SluiceError } from "../../errors.ts";
import type { LiveReloadFailure } from "../live/view.ts";

/** What a log line says of an error: a stack only of a bug. */
export function errorFields(error: unknown): object {
  if (!(error instanceof SluiceError)) return { err: error };
  const { code, message, hint, cause } = error;
  return { code, error: message, hint, ...(cause instanceof Error && { cause: cause.message }) };
}

/** `at`: when the reload was tried. */
export function reloadFailure(error: unknown, at: Date): LiveReloadFailure {
  const message = error instanceof Error ? error.message : String(error);
  const { code, hint } = error instanceof SluiceError ? error : { code: "internal-error", hint: "A bug in sluice; the log has it." };
  const time = at.toISOString().slice("2026-01-01T".length, -".000Z".length);
  return { at: at.toISOString(), code, message, hint, summary: `configuration of ${time} not reloaded: ${problemLine(message)}` };
}

/** Of a message that lists problems, the first of them, which has its place in the file. */
function problemLine(message: string): string {
  const [head = "", first = head] = message.split("\n").map((line) => line.trim());
  const count = Number(/: (\d+) problems$/.exec(head)?.[1] ?? 1);
  return count === 1 ? first : `${first} (and ${count - 1} more)`;
}
