// A decision log as sluice writes it: requests routed by a configuration, with outcomes whose chances the test knows.
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { decisionLine } from "../../../src/outcome/sinks/decision-line.ts";
import { sessionsInMemory } from "../../../src/request/guard/session-store.ts";
import { routeBody } from "../../../src/request/routing/routing.ts";
import { learnedTiers } from "../../../src/request/routing/served-before.ts";
import { randomSource } from "../../../src/study/evaluate/random-source.ts";

export const BEGUN_AT = Date.UTC(2026, 4, 6);
export const LONG = 200;

export interface RoutedLog {
  readonly config: string; // over the defaults: `active: main`, with `policies.main` in it
  readonly requests: number;
  readonly perSession?: number;
  readonly days: number;
  readonly seed: number;
  /** The chance of a good answer. */
  readonly good: (tier: string, chars: number) => number;
}

/** Of every second request the text is long. Weak costs a tenth of a cent, strong a cent. */
export function routedLog({ config, requests, perSession = 1, days, seed, good }: RoutedLog): string {
  const parsed = parseConfig(`decisionLog: { to: file }\nactive: main\n${config}`, "test.yaml");
  const routing = routingOf(parsed, { sessions: sessionsInMemory(), servedBefore: learnedTiers(() => 0) });
  const random = randomSource(seed);
  const lines: string[] = [];
  for (let at = 0; at < requests; at++) {
    const content = random() < 0.5 ? "why?" : "tell me more ".repeat(20);
    const startedAtMs = BEGUN_AT + (at / requests) * days * 86_400_000;
    const headers: Record<string, string> = {
      ":path": "/v1/chat/completions",
      "x-request-id": `r${at}`,
      "x-session-id": `s${seed}-${Math.floor(at / perSession)}`,
    };
    const body = Buffer.from(JSON.stringify({ messages: [{ role: "user", content }] }));
    const { decision, measured, prompt } = routeBody(routing, body, { get: (name) => headers[name] });
    const { tier } = decision;
    const costUsd = tier === "weak" ? 0.001 : 0.01;
    const made = { atMs: startedAtMs, tookMs: 0.1, bodyBytes: body.length, traceparent: undefined, prompt };
    const served = { startedAtMs, tier, cluster: tier, fellBack: false, attempts: 1, status: 200, responseFlags: [] };
    const sizes = { firstByteMs: 100, durationMs: 900, requestBytes: body.length, responseBytes: 100 };
    const tokens = { inputTokens: 20, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 100, reasoningTokens: 0 };
    const line = decisionLine(
      {
        kind: "joined",
        requestId: `r${at}`,
        decided: { decision, measured, made },
        served: { ...served, ...sizes },
        isChat: true,
        failure: random() < good(tier, content.length) ? undefined : "error",
        cost: { basis: "exact", ...tokens, costUsd, isPriced: true },
      },
      startedAtMs,
    );
    lines.push(line);
  }
  return lines.join("");
}
