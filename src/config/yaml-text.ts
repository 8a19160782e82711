// From the text of a configuration file to plain values. Whatever stands in the text, this takes time and memory that its size bounds.
import { type Document, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, parseDocument } from "yaml";
import { SluiceError } from "../errors.ts";
import { configInvalid, type Found, type ParsedFile, problemAt } from "./problems.ts";

/** As much as a ConfigMap of Kubernetes holds; 10,000 keywords take 160 KB, 1,000 rules 500 KB. */
export const MAX_CONFIG_BYTES = 1 << 20;
/** Words, marks and line ends as the YAML library counts them: 30,000 for 10,000 keywords. The worst texts with this many take it 3 s. */
const MAX_TOKENS = 200_000;
/** With what aliases stand for. */
const MAX_VALUES = 100_000;
const MAX_DEPTH = 64;

export interface ReadYaml {
  readonly file: ParsedFile;
  readonly given: unknown; // as plain values
  readonly isEmpty: boolean; // nothing, or only comments: not even a key without a value
}

/** `source` names the text in messages. Throws `config-too-large` or ConfigInvalid. */
export function readYaml(text: string, source: string): ReadYaml {
  refuseTooMany(text, source);
  const lines = new LineCounter();
  // Not `uniqueKeys`: the library compares each key with every other, which takes a minute for 80,000 of them.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true, uniqueKeys: false });
  const file: ParsedFile = { document, lines };
  const at = (offset: number, message: string): Found => {
    const { line, col } = lines.linePos(offset);
    return { path: "", message, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const errors = document.errors.map((error) => at(error.pos[0], YAML_MESSAGES[error.code] ?? error.message));
  const repeated = errors.length > 0 ? [] : repeatedKeys(document).map((offset) => at(offset, "Map keys must be unique"));
  if (errors.length + repeated.length > 0) throw configInvalid(source, [...errors, ...repeated]);
  const given = contentOf(file, source);
  return { file, given, isEmpty: given === undefined };
}

/** In our words where the YAML library speaks to its callers instead of to the file's author. */
const YAML_MESSAGES: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "a second YAML document begins here; one file holds one",
  NON_STRING_KEY: "a key must be text",
};

/** Reads no further than it must. */
function refuseTooMany(text: string, source: string): void {
  let tokens = 0;
  for (const _ of new Lexer().lex(text)) {
    if (++tokens > MAX_TOKENS)
      throw new SluiceError("config-too-large", `${source}: more than ${MAX_TOKENS} words, marks and line ends of YAML`);
  }
}

/** Where each key stands that its map has had before. */
function repeatedKeys(document: Document): readonly number[] {
  const offsets: number[] = [];
  const open: unknown[] = [document.contents];
  while (open.length > 0) {
    const node = open.pop();
    if (isSeq(node)) for (const item of node.items) open.push(item);
    else if (isMap(node)) {
      const seen = new Set<unknown>();
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name)) offsets.push((key as Node | null)?.range?.[0] ?? 0);
        seen.add(name);
        open.push(value);
      }
    }
  }
  return offsets;
}

/** The file as plain values. */
function contentOf(file: ParsedFile, source: string): unknown {
  try {
    return new PlainValues().of(file.document.toJS(), "without-nulls", 0);
  } catch (error) {
    // More aliases than a configuration can need, which the YAML library refuses to expand; or one that has no end.
    const message = error instanceof RangeError ? "an alias stands inside of what it names" : String((error as Error).message);
    throw configInvalid(source, [problemAt(file, [], message)]);
  }
}

/** Without a value they are a mistake: to be taken for what is not asked for, a port in plain text, would be another. */
const NULL_COUNTS_IN: ReadonlySet<string> = new Set(["params", "schema"]);
const NEVER_LEFT_OUT: ReadonlySet<string> = new Set(["tls", "adminTls", "clientCaFile"]);

/** Counts what it copies. */
class PlainValues {
  #count = 0;

  /**
   * A key without a value counts as not given: `listen:` with its lines commented out is no mistake. In `params` and a JSON schema, null is
   * a value.
   */
  of(value: unknown, nulls: "without-nulls" | "with-nulls", depth: number): unknown {
    if (++this.#count > MAX_VALUES) throw new Error(`comes to more than ${MAX_VALUES} values, aliases written out`);
    if (depth > MAX_DEPTH) throw new Error(`maps and lists stand more than ${MAX_DEPTH} deep in each other`);
    if (value === null) return nulls === "with-nulls" ? null : undefined;
    if (Array.isArray(value)) return value.map((inner) => this.of(inner, nulls, depth + 1));
    if (typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (inner === null && NEVER_LEFT_OUT.has(key)) return [key, null];
        const keep = nulls === "with-nulls" || (NULL_COUNTS_IN.has(key) && inner !== null);
        return [key, this.of(inner, keep ? "with-nulls" : "without-nulls", depth + 1)];
      }),
    );
  }
}
