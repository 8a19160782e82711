// What a request will take before it is asked: its interface, its tokens as the scanner estimates them, and those of its answer.
import type { Format } from "../../request/chat/facts.ts";
import { meaningOfPath } from "../../request/chat/format.ts";
import type { ChatScanner } from "../../request/chat/scanner.ts";
import type { LoopRow } from "../loop/loop-row.ts";
import type { Foreseen } from "./target.ts";

/** A row's request, as far as it can be asked. */
export interface Askable {
  readonly format: Format;
  readonly expected: Foreseen;
  readonly limit: number | undefined; // tokens of an answer, as the request says
}

/** Undefined: it asks for no answer of a chat. `outputTokens`: of an answer, where the row knows none. */
export function foresee({ request, path, seen }: LoopRow, scanner: ChatScanner, outputTokens: number): Askable | undefined {
  const { format: ofPath, asks } = meaningOfPath(path);
  if (ofPath === "other" || asks !== "an answer") return undefined;
  const scan = scanner.scan(Buffer.from(JSON.stringify(request)), ofPath);
  if (scan.kind !== "chat") return undefined;
  const { format, inputTokens, maxTokens } = scan.facts;
  const expected = Math.min(seen?.outputTokens ?? outputTokens, maxTokens ?? Number.POSITIVE_INFINITY);
  return { format, expected: { inputTokens, outputTokens: expected }, limit: maxTokens };
}
