// Kept answers over many mixed requests: whoever asks and whatever they send, a hit is an answer to the very same question of the same
// tenant, to the byte, and it was whole.
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { routingOf } from "../../src/config/routing-of.ts";
import type { Found } from "../../src/envoy/extproc/cached-answers.ts";
import { answerCache } from "../../src/outcome/cached/answer-cache.ts";
import type { Outcome } from "../../src/outcome/join/outcome.ts";
import { routeBody } from "../../src/request/routing/routing.ts";
import { answersInMemory } from "../../src/state/answers-in-memory.ts";
import { joinedOutcome } from "../support/cached.ts";

const RUNS = 100;
const REQUESTS = 1000;

/** Names that a careless key would take for one another. */
const TENANTS = ["a", "b", "a,b", 'a"', 'a","b', "A", "a ", "null"];
const QUESTIONS = ["hi", "hi ", 'say "hi"', "설계"];
const ANSWERS = ["good", "good", "good", "cut", "cookie", "partial", "tool", "other-tier"] as const;

const request = fc.record({
  tenant: fc.constantFrom(...TENANTS),
  named: fc.constantFrom("authorization", "authorization", "authorization", "x-api-key", undefined),
  question: fc.constantFrom(...QUESTIONS),
  stream: fc.boolean(),
  temperature: fc.constantFrom(undefined, undefined, 0, 1),
  tools: fc.constantFrom(undefined, undefined, undefined, [{ type: "function" }]),
  user: fc.constantFrom(undefined, ...TENANTS),
  control: fc.constantFrom(undefined, undefined, undefined, "no-cache", "no-store", "max-age=5"),
  answer: fc.constantFrom(...ANSWERS),
  later: fc.nat(5), // how many requests come before its answer
});
type Request = typeof request extends fc.Arbitrary<infer Value> ? Value : never;

const config = parseConfig("cache: { sizeBytes: 1048576, ttl: 1m }", "test");
const routing = routingOf(config, { cacheSecret: "secret" });

function asked({ tenant, named, question, stream, temperature, tools, user, control }: Request) {
  const headers: Readonly<Record<string, string | undefined>> = {
    ":path": "/v1/chat/completions",
    "cache-control": control,
    ...(named !== undefined && { [named]: tenant }),
  };
  const body = { model: "m", stream, temperature, tools, user, messages: [{ role: "user", content: question }] };
  return routeBody(routing, Buffer.from(JSON.stringify(body)), { get: (name) => headers[name] });
}

/** Of one request alone: who asked what, and the how manieth answer it is. */
function answerTo({ tenant, named, question, stream, temperature }: Request, index: number): string {
  const content = JSON.stringify([named, tenant, question, temperature, index]);
  if (!stream) return JSON.stringify({ choices: [{ message: { content }, finish_reason: "stop" }] });
  const chunk = { choices: [{ delta: { content }, finish_reason: "stop" }] };
  return `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`;
}

function headersOf(kind: Request["answer"], stream: boolean) {
  const headers: Readonly<Record<string, string | undefined>> = {
    ":status": kind === "partial" ? "206" : "200",
    "content-type": stream ? "text/event-stream" : "application/json",
    "set-cookie": kind === "cookie" ? "a=b" : undefined,
  };
  return { get: (name: string) => headers[name] };
}

const NO_METRICS = { cacheStands() {}, cacheAsked() {}, cacheAnswered() {}, cacheEvicted() {}, cacheSaved() {}, cacheStoreFailed() {} };

test(`of ${RUNS * REQUESTS} mixed requests no hit is another tenant's, another question's, or of an answer that was not whole`, {
  timeout: 120_000,
}, () => {
  let hits = 0;
  const property = fc.property(fc.array(request, { minLength: REQUESTS, maxLength: REQUESTS, size: "max" }), (requests) => {
    let nowMs = 1e12;
    const now = () => nowMs;
    const store = answersInMemory({ maxBytes: () => 100_000, now, onEvicted() {} });
    const settings = () => ({ answerBytes: 1 << 16, waitMs: 1000 });
    const cache = answerCache({ settings, store, shared: undefined, metrics: NO_METRICS, now, random: () => 0.5 });
    const given = new Map<string, Request>(); // answers that may come again, and whose they are
    const underWay: { readonly at: number; readonly end: () => void }[] = [];
    const leaves: (() => void)[] = [];

    const answer = (one: Request, index: number, outcome: Outcome, flight: string) => {
      const { stream, answer: kind } = one;
      const text = answerTo(one, index);
      const reader = cache.reading({ piece() {}, ended() {}, cutOff() {} }, () => flight);
      reader.headers?.(headersOf(kind, stream));
      const sent = kind === "cut" ? text.slice(0, -20) : kind === "tool" ? text.replaceAll('"stop"', '"tool_calls"') : text;
      for (let from = 0; from < sent.length; from += 50) reader.piece(Buffer.from(sent.slice(from, from + 50)));
      reader.ended();
      if (kind === "good") given.set(text, one);
      cache.outcome(outcome);
    };
    const found = (one: Request, index: number, is: Found) => {
      if (is.kind === "miss") {
        const { flight } = is;
        if (flight === undefined) return;
        const outcome = joinedOutcome({ flight, tier: one.answer === "other-tier" ? "nobody's" : undefined, routed: asked(one) });
        underWay.push({ at: index + one.later, end: () => answer(one, index, outcome, flight) });
        return;
      }
      hits++;
      const of = given.get(Buffer.from(is.answer.body).toString());
      const { tenant, named, question, stream, temperature } = one;
      expect(of).toMatchObject({ tenant, named, question, stream, temperature });
      expect(one.tools).toBeUndefined();
      expect(["no-store", "no-cache"]).not.toContain(one.control);
    };

    for (const [index, one] of requests.entries()) {
      nowMs += 100;
      const routed = asked(one);
      if (routed.cache?.kind === "ask") {
        const asking = { requestId: `r${index}`, ask: routed.cache, tier: routed.decision.tier, mayWait: true };
        leaves.push(cache.find(asking, (is) => found(one, index, is)));
      }
      for (let at = underWay.length - 1; at >= 0; at--) if ((underWay[at]?.at ?? 0) <= index) underWay.splice(at, 1)[0]?.end();
    }
    for (const leave of leaves) leave();
  });
  fc.assert(property, { numRuns: RUNS, endOnFailure: true });
  expect(hits).toBeGreaterThan(RUNS * 50); // it hits at all
});
