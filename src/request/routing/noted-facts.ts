// What a policy could have gone by, of one request, for the log: with these another policy can be asked later, without any text.

import type { TurnType } from "../chat/actions.ts";
import { SCOPES, type Scope, type Script } from "../chat/facts.ts";
import { hashOfId } from "../policy/id-hash.ts";
import type { PolicyRequest } from "../policy/policy.ts";
import { turnOf } from "../policy/session.ts";
import { unitNumberOf } from "../policy/unit.ts";

/** A flag that does not hold is left out. */
export interface NotedFacts {
  readonly unit: number | undefined; // a hash of the session, else of the user, else of the request
  readonly turn: TurnType;
  readonly toolLoop?: true;
  readonly humanTurns: number;
  readonly inputTokens: number; // an estimate
  readonly maxTokens: number | undefined;
  readonly script: Script | undefined; // of what the user said last
  readonly topic?: string; // as the model told it whose id is the next
  readonly topicModel?: string;
  readonly tools?: true;
  readonly images?: true;
  readonly files?: true;
  readonly audio?: true;
  readonly video?: true;
  readonly json?: true;
  readonly chars: Readonly<Partial<Record<Scope, number>>>; // of the scopes that were measured
  readonly headers?: Readonly<Record<string, string>>; // those that are to be noted and are there, cut
}

/** Request headers to note. */
export interface NotedHeaders {
  readonly names: readonly string[]; // in lower case
  readonly salt: number | undefined; // of hashes of their values; undefined: as they came
}

const MOST_HEADER_CHARS = 128;

/** `salt`: of the units; `script`: of ASKED_SCOPE, which is measured. */
export function notedFacts(request: PolicyRequest, salt: number, headers?: NotedHeaders): NotedFacts {
  const { facts } = request;
  const { humanTurns, inputTokens, maxTokens, texts } = facts;
  const chars: Partial<Record<Scope, number>> = {};
  for (const scope of SCOPES) {
    const measured = texts[scope];
    if (measured !== undefined) chars[scope] = measured.chars;
  }
  return {
    unit: unitNumberOf(request, salt),
    turn: turnOf(request),
    ...(facts.action.toolLoop && { toolLoop: true }),
    humanTurns,
    inputTokens,
    maxTokens,
    script: texts.last_user?.script,
    ...(request.topic && { topic: request.topic.name, topicModel: request.topic.model }),
    ...(facts.tools && { tools: true }),
    ...(facts.images && { images: true }),
    ...(facts.files && { files: true }),
    ...(facts.audio && { audio: true }),
    ...(facts.video && { video: true }),
    ...(facts.jsonOutput && { json: true }),
    chars,
    ...(headers !== undefined && { headers: headersOf(request, headers) }),
  };
}

function headersOf(request: PolicyRequest, { names, salt }: NotedHeaders): Readonly<Record<string, string>> {
  const noted: Record<string, string> = {};
  for (const name of names) {
    const value = request.header(name);
    if (value !== undefined) noted[name] = salt === undefined ? value.slice(0, MOST_HEADER_CHARS) : hashed(value, salt);
  }
  return noted;
}

/** 64 bits, in hexadecimal. */
function hashed(value: string, salt: number): string {
  return hashOfId(value, salt)
    .map((half) => half.toString(16).padStart(8, "0"))
    .join("");
}
