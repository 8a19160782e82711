// A hard limit that no tier has room for, through a real Envoy, as the libraries of OpenAI and Anthropic read it: their rate-limit error,
// at once, with the time to wait; and everybody who keeps account knows of it.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import { metric } from "../support/metrics.ts";
import { startStack, type TestStackOptions } from "../support/stack.ts";
import { stopAtEnd } from "../support/teardown.ts";
import { waitFor } from "../support/wait-for.ts";

const QUOTA = "quotas: [{ name: small, requests: 1, per: month, hard: true }]";
const MESSAGES = [{ role: "user" as const, content: "hello" }];
const FULL_DUPLEX = (yaml: string) =>
  yaml
    .replace("request_body_mode: BUFFERED", "request_body_mode: FULL_DUPLEX_STREAMED")
    .replace("request_trailer_mode: SKIP", "request_trailer_mode: SEND");

interface Raised {
  readonly status: number;
  readonly error: unknown;
  readonly headers: Headers;
}

/** With the library's own number of retries. */
function asks(url: string) {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none" });
  const anthropic = new Anthropic({ baseURL: url, apiKey: "none" });
  return {
    chat: () => openai.chat.completions.create({ model: "m", messages: MESSAGES }),
    stream: () => openai.chat.completions.create({ model: "m", messages: MESSAGES, stream: true }),
    responses: () => openai.responses.create({ model: "m", input: "hello" }),
    messages: () => anthropic.messages.create({ model: "m", max_tokens: 9, messages: MESSAGES }),
  };
}

async function raised(ask: () => Promise<unknown>): Promise<Raised & Error> {
  return ask().then(
    () => expect.fail("it was answered"),
    (error) => error as Raised & Error,
  );
}

describe.each<[string, NonNullable<TestStackOptions["envoy"]>]>([
  ["BUFFERED", {}],
  ["FULL_DUPLEX_STREAMED", { edit: FULL_DUPLEX }],
])("where no tier has room, bodies %s", (_, envoy) => {
  it("the libraries raise their rate-limit error with retry-after, and do not wait; metrics, page and log know", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-refused-"));
    stopAtEnd(async () => rmSync(folder, { recursive: true, force: true }));
    const log = join(folder, "decisions.jsonl");
    const stack = await startStack({ sluice: { config: `${QUOTA}\ndecisionLog: { to: file, file: ${JSON.stringify(log)} }` }, envoy });
    const { adminUrl } = stack.sluice;
    const { chat, stream, responses, messages } = asks(stack.url);
    await chat();

    const errors = [await raised(chat), await raised(stream), await raised(responses), await raised(messages)];
    const [first, , , fourth] = errors;
    expect(errors.slice(0, 3).every((error) => error instanceof OpenAI.RateLimitError)).toBe(true);
    expect(fourth).toBeInstanceOf(Anthropic.RateLimitError);
    expect(first).toMatchObject({ status: 429, code: "rate_limit_exceeded", type: "rate_limit_exceeded" });
    expect(first?.message).toMatch(/^429 Rate limit reached: the quota "small" of this month is used up\. Please try again in \d+s\.$/);
    expect(fourth).toMatchObject({ status: 429, error: { type: "error", error: { type: "rate_limit_error" } } });
    const left = monthLeft();
    for (const { headers } of errors) expect(Math.abs(Number(headers.get("retry-after")) - left)).toBeLessThan(60);

    expect(await metric(adminUrl, "sluice_limit_refused_total", { limit: "small" })).toBe(4);
    expect(await metric(adminUrl, "sluice_decisions_total", { reason: "quota-refused" })).toBe(4);
    const refused = { decided: "weak", served: "none", status: "4xx" };
    await waitFor("their outcomes", async () => (await metric(adminUrl, "sluice_outcomes_total", refused)) === 4);
    const { windows } = (await (await fetch(`${adminUrl}/live`)).json()) as {
      windows: { refused: number; tiers: { decided: number }[] }[];
    };
    expect(windows[0]).toMatchObject({ decisions: 5, refused: 4, tiers: [{ decided: 1 }, { decided: 0 }] });
    await waitFor("their lines", () => linesOf(log).length === 5);
    const line = linesOf(log).find(({ decision }) => decision["reason"] === "quota-refused");
    expect(line).toMatchObject({ decision: { tier: "weak", detail: "small" }, outcome: { status: 429 } });
    expect(line?.decision).toHaveProperty("refused.retryAfterSeconds");
    expect(line).not.toHaveProperty("cost");
    expect(line?.outcome).not.toHaveProperty("tier");
  });
});

interface Line {
  readonly decision: Readonly<Record<string, unknown>>;
  readonly outcome: Readonly<Record<string, unknown>>;
}

function linesOf(path: string): readonly Line[] {
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Line);
}

/** Seconds to the end of it, UTC. */
function monthLeft(): number {
  const now = new Date();
  return (Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1) - now.getTime()) / 1000;
}
