// Asks policies about one example, as the filter would: one scan for all of them, then each decides.
import type { Scope, Script } from "../../request/chat/facts.ts";
import { textIn } from "../../request/chat/facts.ts";
import { formatOfPath } from "../../request/chat/format.ts";
import type { ChatScanner } from "../../request/chat/scanner.ts";
import { unionOfNeeds } from "../../request/policy/needs.ts";
import { type Needs, NO_NEEDS, type Policy, type PolicyRequest } from "../../request/policy/policy.ts";
import type { ThresholdSettings } from "../../request/policy/threshold.ts";
import type { Vectors } from "../../request/policy/vectors.ts";
import { policyRequest } from "../../request/routing/policy-request.ts";
import type { Example } from "../dataset/example.ts";

export interface PolicyOnTrial {
  readonly name: string; // as asked for
  readonly id: string; // name and version
  readonly policy: Policy;
  readonly threshold: ThresholdSettings | undefined; // of a threshold policy: a sweep tries its relatives
  readonly scoreIsProbability: boolean; // that strong is needed
}

/** What one scanner must look for to serve all policies, the length baseline and the report. */
export function trialNeeds(policies: readonly PolicyOnTrial[]): Needs {
  const reported: Needs = { ...NO_NEEDS, scopes: ["all", "last_user"] };
  return { ...unionOfNeeds([reported, ...policies.map(({ policy }) => policy.needs)]), params: [] };
}

export type Asked = { readonly kind: "asked"; readonly request: PolicyRequest } | { readonly kind: "wrong"; readonly problem: string };

export type TextOf = (scope: Scope) => Uint8Array;

/** The vectors of a request's texts, as far as they are known. */
export type VectorsOf = (text: TextOf) => Vectors;

/** The example as policies are asked about it; holds until the next. Its place stands for the request id, which seeds a random choice. */
export function ask(scanner: ChatScanner, example: Pick<Example, "body" | "path" | "place">, vectorsOf?: VectorsOf): Asked {
  const { body, path, place } = example;
  const format = formatOfPath(path);
  if (format === "other") return { kind: "wrong", problem: `the path ${path} stands for an interface that is not a chat` };
  const scanned = scanner.scan(body, format);
  if (scanned.kind === "unreadable") return { kind: "wrong", problem: `the request cannot be read: ${scanned.cause}` };
  if (scanned.kind === "foreign") return { kind: "wrong", problem: "the request is JSON of no format that is read" };
  const headers = { get: (name: string) => (name === ":path" ? path : name === "x-request-id" ? place : undefined) };
  const vectors = vectorsOf?.((scope) => scanner.text(scope));
  return { kind: "asked", request: policyRequest(scanned.facts, scanner, headers, undefined, vectors) };
}

/** Of the last thing the user said; where that has no text, of the whole conversation. */
export function scriptOf({ facts }: PolicyRequest): Script {
  const said = textIn(facts, "last_user");
  return said.chars > 0 ? said.script : textIn(facts, "all").script;
}

const EXCERPT_CHARS = 200;
const MAX_BYTES_A_CHAR = 4;
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** The front of the last thing the user said, in one line. */
export function excerptOf(request: PolicyRequest): string {
  const said = request.text("last_user");
  const text = said.length > 0 ? said : request.text("all");
  const front = UTF8.decode(text.subarray(0, EXCERPT_CHARS * MAX_BYTES_A_CHAR));
  return [...front].slice(0, EXCERPT_CHARS).join("").replaceAll(/\s+/g, " ").trim();
}

/** Of a request that no policy has anything to go by. */
export const NO_TEXT = "expected a request with text in it, found none that a policy could read";
