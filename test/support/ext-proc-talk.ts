// One ext_proc call without a transport, for tests: messages in as Envoy encodes them, replies and everything told about it out.
import { isUtf8 } from "node:buffer";
import { cacheHashes } from "../../src/config/cache-hashes.ts";
import { bodyBudget } from "../../src/envoy/extproc/body-budget.ts";
import type { CachedAnswers } from "../../src/envoy/extproc/cached-answers.ts";
import { openExtProcCall } from "../../src/envoy/extproc/ext-proc-call.ts";
import { type FollowedAnswers, followedAnswers } from "../../src/envoy/extproc/followed-answers.ts";
import { type Judging, judgingBy } from "../../src/envoy/extproc/judged-answers.ts";
import type { ProcessObserver } from "../../src/envoy/extproc/process-observer.ts";
import type { RequestVectors } from "../../src/envoy/extproc/request-vectors.ts";
import { type Turns, turns } from "../../src/envoy/extproc/turns.ts";
import { cacheGuard } from "../../src/request/cache/ask.ts";
import { notedNames } from "../../src/request/chat/param-table.ts";
import type { ParamEdit } from "../../src/request/chat/params.ts";
import { ChatScanner } from "../../src/request/chat/scanner.ts";
import type { Guard } from "../../src/request/guard/guard.ts";
import type { Policy } from "../../src/request/policy/policy.ts";
import { thresholdPolicy } from "../../src/request/policy/threshold.ts";
import type { Decision } from "../../src/request/routing/decision.ts";
import type { Routing } from "../../src/request/routing/routing.ts";
import { decodeReply, encodeRequest, type Reply } from "./ext-proc-client.ts";

const NOBODY_READS = followedAnswers(() => ({ piece() {}, ended() {}, cutOff() {} }));
NOBODY_READS.close();

const KEPT_FOR_ALL = { ttlMs: 60_000, tenant: "everybody", maxTemperature: 0.3, epoch: "" } as const;

export interface Seen {
  readonly replies: Reply[];
  readonly decisions: Decision[];
  readonly failures: string[];
  readonly attempts: string[]; // `strong edited`
  readonly refusals: string[];
  held: number; // bytes of the budget
  passing: number; // answers that pass through
  closedUndecided: boolean | undefined;
  finished: boolean;
}

export interface Setup {
  readonly refuseUnreadable?: boolean;
  readonly maxBodyBytes?: number;
  readonly budgetBytes?: number;
  readonly othersHold?: number; // bytes
  readonly model?: string | undefined; // of strong; weak has none
  readonly weakParams?: readonly ParamEdit[];
  readonly strongParams?: readonly ParamEdit[];
  readonly attempts?: string; // the call's metadata
  readonly breakPolicy?: boolean;
  readonly policy?: Policy; // the threshold preset when not given
  readonly vectors?: RequestVectors;
  readonly guards?: readonly Guard[];
  readonly turns?: Turns; // large messages are read at once when not given
  readonly known?: Readonly<Record<string, string>>; // ids, and the tiers that gave them out
  readonly answers?: FollowedAnswers; // nobody reads any when not given
  readonly judging?: Judging; // no answer is judged when not given
  readonly cached?: CachedAnswers; // answers are kept, for everybody
  readonly isCrowded?: boolean; // much is held for all peers
}

export function setup(options: Setup = {}) {
  const seen: Seen = {
    replies: [],
    decisions: [],
    failures: [],
    attempts: [],
    refusals: [],
    held: 0,
    passing: 0,
    closedUndecided: undefined,
    finished: false,
  };
  const settings = {
    keywords: ["design", "설계"],
    maxChars: 500,
    maxBytes: undefined,
    maxTurns: 5,
    scope: "all",
    under: "weak",
    over: "strong",
  } as const;
  const policy = options.policy ?? thresholdPolicy(settings);
  const maxBodyBytes = options.maxBodyBytes ?? 1 << 20;
  const names = [...(options.weakParams ?? []), ...(options.strongParams ?? [])].map(({ name }) => name);
  const routing: Routing = {
    tiers: new Map([
      ["weak", { name: "weak", model: undefined, params: options.weakParams ?? [] }],
      ["strong", { name: "strong", model: options.model, params: options.strongParams ?? [] }],
    ]),
    defaultTier: "strong",
    policyId: "main@v7",
    policy: options.breakPolicy
      ? {
          ...policy,
          decide: () => {
            throw new Error("a bug");
          },
        }
      : policy,
    scanner: new ChatScanner({ keywords: settings.keywords, scopes: ["all"], params: notedNames(names), maxBodyBytes, isUtf8 }),
    wantsVectors: policy.vectorsWanted !== undefined,
    guards: options.guards,
    cache: options.cached && cacheGuard(KEPT_FOR_ALL, cacheHashes("s")),
    refuseUnreadable: options.refuseUnreadable ?? false,
    maxBodyBytes,
    recordAsked: () => true,
    recordModels: false,
    capturePrompts: false,
    servedBefore: { knowsAny: options.known !== undefined, tierOf: (key) => options.known?.[key] },
  };
  const observer: ProcessObserver = {
    attempted: ({ tier, result }) => seen.attempts.push(`${tier} ${result}`),
    answersPass(more) {
      seen.passing += more;
    },
    opened() {},
    decided: ({ decision }) => seen.decisions.push(decision),
    refused: (reason) => seen.refusals.push(reason),
    failed: (cause) => seen.failures.push(cause),
    closed(_durationMs, undecided) {
      seen.closedUndecided = undecided;
    },
  };
  const budget = bodyBudget(() => options.budgetBytes ?? 1 << 30, {
    bodyHeld(bytes) {
      seen.held += bytes;
    },
    bodyReleased(bytes) {
      seen.held -= bytes;
    },
  });
  if (options.othersHold !== undefined) budget.take(options.othersHold);
  let kept = 0; // bytes
  const handler = openExtProcCall({
    routing: () => routing,
    budget,
    observer,
    answers: options.answers ?? NOBODY_READS,
    cached: options.cached,
    vectors: options.vectors,
    now: () => performance.now(),
    judging: options.judging ?? judgingBy({ asked() {}, judge: () => undefined }),
    turns: options.turns ?? turns((act) => act()),
  })({
    attempts: options.attempts,
    isCrowded: options.isCrowded ?? false,
    send(message) {
      if (seen.finished) throw new Error("sent after the end");
      seen.replies.push(decodeReply(message));
    },
    finish() {
      seen.finished = true;
    },
    keeps(bytes) {
      kept += bytes;
    },
  });
  return { seen, handler, kept: () => kept, send: (message: object) => handler.message(encodeRequest(message)) };
}

export function talk(messages: readonly object[], options: Setup = {}): Seen {
  const { seen, send } = setup(options);
  for (const message of messages) send(message);
  return seen;
}
