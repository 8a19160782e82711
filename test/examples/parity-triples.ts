// The translated prompts of examples/parity.jsonl, three to an id, and what a policy makes of them: the scanner and the policy themselves.
import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ChatScanner } from "../../src/request/chat/scanner.ts";
import type { Policy, Verdict } from "../../src/request/policy/policy.ts";
import { policyRequest } from "../../src/request/routing/policy-request.ts";

export const LANGUAGES = ["en", "zh", "ko"] as const;
export type Language = (typeof LANGUAGES)[number];

export const PARITY_FILE = fileURLToPath(new URL("../../examples/parity.jsonl", import.meta.url));

export interface ParityRow {
  readonly id: string;
  readonly language: Language;
  readonly group: string;
  readonly label: "weak" | "strong";
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

/** The rows of one id by language. */
export type Triple = Readonly<Record<Language, ParityRow>>;

export function parityRows(): readonly ParityRow[] {
  const lines = readFileSync(PARITY_FILE, "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const { prompt, ...row } = JSON.parse(line) as ParityRow & { readonly prompt?: string };
    return prompt === undefined ? row : { ...row, messages: [{ role: "user", content: prompt }] };
  });
}

/** Throws where an id lacks a language or has one twice. */
export function parityTriples(): readonly Triple[] {
  return Object.values(Object.groupBy(parityRows(), ({ id }) => id)).map((rows = []) => {
    const triple = Object.fromEntries(rows.map((row) => [row.language, row]));
    const complete = rows.length === LANGUAGES.length && LANGUAGES.every((language) => triple[language] !== undefined);
    if (!complete) throw new Error(`${rows[0]?.id}: expected one row for each of ${LANGUAGES.join(", ")}`);
    return triple as Triple;
  });
}

export function textOf({ messages }: ParityRow): string {
  return messages.map(({ content }) => content).join(" ");
}

export type Verdicts = Readonly<Record<Language, Verdict>>;

/** What the policy says to a triple. Throws where it abstains. */
export function verdictsOf(policy: Policy): (triple: Triple) => Verdicts {
  const scanner = new ChatScanner({ ...policy.needs, maxBodyBytes: 1 << 20, isUtf8 });
  const verdictOf = ({ id, language, messages }: ParityRow): Verdict => {
    const scanned = scanner.scan(Buffer.from(JSON.stringify({ messages })), "chat-completions");
    const headers = { get: () => undefined };
    const verdict = scanned.kind === "chat" ? policy.decide(policyRequest(scanned.facts, scanner, headers)) : undefined;
    if (verdict === undefined) throw new Error(`${id} (${language}): no verdict`);
    return verdict;
  };
  return ({ en, zh, ko }) => ({ en: verdictOf(en), zh: verdictOf(zh), ko: verdictOf(ko) });
}

export function sameTier({ en, zh, ko }: Verdicts): boolean {
  return en.tier === zh.tier && zh.tier === ko.tier;
}

/** `id: en strong (keyword:design), zh weak (under-thresholds), ko …`, as a failing test prints it. */
export function shown(triple: Triple, verdicts: Verdicts): string {
  const parts = LANGUAGES.map((language) => {
    const { tier, reason, detail } = verdicts[language];
    return `${language} ${tier} (${detail === undefined ? reason : `${reason}:${detail}`})`;
  });
  return `${triple.en.id}: ${parts.join(", ")}`;
}
