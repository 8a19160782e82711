// Log lines for people: time, level, message and the fields that matter; of an error its code, cause and hint, and a stack only of a bug.
// Reads the JSON lines that the log is made of, so that there is one log and two ways to see it.

type Fields = Readonly<Record<string, unknown>>;

/** Where lines go, as pino has it. */
export interface LineStream {
  write(line: string): void;
}

export interface TextOptions {
  readonly colour: boolean;
}

const LEVEL_COLOURS: Readonly<Record<string, string>> = { debug: "2", trace: "2", info: "32", warn: "33", error: "1;31", fatal: "1;31" };
const NOT_SHOWN = new Set(["level", "time", "name", "pid", "msg"]);
const TOLD_BELOW = new Set(["err", "error", "code", "cause", "hint"]); // of an error, lines of their own
const BUG_TYPES = new Set(["Error", "TypeError", "RangeError", "ReferenceError", "SyntaxError", "AssertionError"]);
const LEVEL_WIDTH = 5;
const INDENT = " ".repeat("12:34:56Z error ".length);

/** Writes each JSON line to `to` as a person reads it. What is no JSON passes as it is. */
export function textLines(to: LineStream, options: TextOptions): LineStream {
  return { write: (line) => to.write(textOf(line, options)) };
}

function textOf(line: string, { colour }: TextOptions): string {
  const fields = fieldsOf(line);
  if (fields === undefined) return line;
  const level = String(fields["level"]);
  const paint = (code: string, text: string) => (colour && code !== "" ? `\x1b[${code}m${text}\x1b[0m` : text);
  const hasError = fields["err"] !== undefined || fields["error"] !== undefined;
  const more = hasError ? errorLines(fields, level) : [];
  const shown = Object.entries(fields)
    .filter(([key]) => !NOT_SHOWN.has(key) && !(hasError && isToldBelow(fields, key)))
    .flatMap(([key, value]) => fieldText(key, value) ?? []);
  const head = [
    paint("2", timeOf(fields["time"])),
    paint(LEVEL_COLOURS[level] ?? "", level.padEnd(LEVEL_WIDTH)),
    clean(String(fields["msg"] ?? "")),
    ...shown.map((text) => paint("2", text)),
  ];
  return `${[head.join(" "), ...more.map((each) => `${INDENT}${each}`)].join("\n")}\n`;
}

function fieldsOf(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** `code`, `cause` and `hint` are an error's own only beside its message; beside a bug, `cause` is the kind of trouble. */
function isToldBelow(fields: Fields, key: string): boolean {
  return TOLD_BELOW.has(key) && (fields["error"] !== undefined || key === "err");
}

/** In UTC, as everything else that sluice shows. */
function timeOf(time: unknown): string {
  return `${String(time).slice("2026-01-01T".length, "2026-01-01T12:34:56".length)}Z`;
}

function errorLines(fields: Fields, level: string): readonly string[] {
  if (fields["err"] !== undefined) return thrownLines(fields["err"], level);
  const { error, code, cause, hint } = fields;
  return [
    ...linesOf(code === undefined ? String(error) : `${String(code)}: ${String(error)}`),
    ...(cause === undefined ? [] : linesOf(`cause: ${String(cause)}`)),
    ...(hint === undefined ? [] : linesOf(`hint: ${String(hint)}`)),
  ];
}

/** What was thrown, as pino writes it. A broken invariant has no code; the world's errors have one, or a type of their own. */
function thrownLines(err: unknown, level: string): readonly string[] {
  if (typeof err !== "object" || err === null) return linesOf(String(err));
  const { type, message, stack, code } = err as Fields;
  const isBug = (level === "error" || level === "fatal") && code === undefined && BUG_TYPES.has(String(type));
  if (isBug && typeof stack === "string") return linesOf(stack);
  return linesOf(code === undefined || String(message).includes(String(code)) ? String(message) : `${String(code)}: ${String(message)}`);
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").map(clean);
}

/** What is nested is for programs, and stands in the JSON alone. */
function fieldText(key: string, value: unknown): string | undefined {
  if (Array.isArray(value)) return value.length === 0 || value.some(isNested) ? undefined : `${key}=${value.map(scalarText).join(",")}`;
  return isNested(value) || value === undefined || value === null ? undefined : `${key}=${scalarText(value)}`;
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function scalarText(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? `${value}` : `${Number(value.toPrecision(3))}`;
  const text = String(value);
  return /^[^\s"=\p{C}]+$/u.test(text) ? text : clean(JSON.stringify(text));
}

/** Without what a terminal would obey: a client names its requests, and its name for one is shown here. */
function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
