// What a policy could have gone by, of one request, for the log: with these another policy can be asked later, without any text.

import type { TurnType } from "../chat/actions.ts";
import { SCOPES, type Scope, type Script } from "../chat/facts.ts";
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
}

/** `salt`: of the units; `script`: of ASKED_SCOPE, which is measured. */
export function notedFacts(request: PolicyRequest, salt: number): NotedFacts {
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
  };
}
