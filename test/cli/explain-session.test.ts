// What explain says of a session that it is told of: whether the request stays with the tier of the last action, why, and what that saves.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { explainCommand } from "../../src/cli/explain.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-explain-session-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

const PRICED =
  "tiers: [{ name: weak, price: { inputPerMTok: 1, cachedInputPerMTok: 0.1, outputPerMTok: 5 } }, " +
  "{ name: strong, price: { inputPerMTok: 5, cachedInputPerMTok: 0.5, cacheWritePerMTok: 6.25, outputPerMTok: 25 } }]\n";
const to = (tier: string) => `policies: { main: { type: fixed, tier: ${tier} } }`;

const TOOLS = { tools: [{ type: "function", function: { name: "read" } }], prompt_cache_key: "s1" };
const ASKED = { role: "user", content: "word ".repeat(20_000) };
const question = { ...TOOLS, messages: [ASKED] };
const loop = {
  ...TOOLS,
  messages: [
    ASKED,
    { role: "assistant", tool_calls: [{ id: "c1", type: "function", function: { name: "read", arguments: "{}" } }] },
    { role: "tool", tool_call_id: "c1", content: "the file" },
  ],
};

async function explained(body: object, config: string, ...options: string[]): Promise<string> {
  const [request, file] = [join(folder, "request.json"), join(folder, "sluice.yaml")];
  writeFileSync(request, JSON.stringify(body));
  writeFileSync(file, config);
  printed.output = "";
  await explainCommand().parseAsync([request, "--config", file, "--path", "/v1/chat/completions", ...options], { from: "user" });
  return printed.output;
}

const linesOf = (text: string) => text.split("\n").filter((line) => /^(?:tier|reason|wanted|last|protect|tools) /.test(line));

test.each<[what: string, config: string, body: object, told: string, lines: readonly (string | RegExp)[]]>([
  [
    "a tool loop stays",
    to("weak"),
    loop,
    "last=strong",
    [
      "tier      strong",
      "reason    pinned (tool-loop)",
      "wanted    weak, fixed",
      "last      strong served, 0 s ago; all of the history in its prompt cache",
      "protect   stays: strong asked for these results of tools",
      "tools     their results wait for an answer",
    ],
  ],
  [
    "a question goes up where an answer was bad",
    PRICED + to("weak"),
    question,
    "last=weak,raised=2",
    [
      "tier      strong",
      "reason    raised",
      "wanted    weak, fixed",
      "last      weak served, 0 s ago; all of the history in its prompt cache; the next 2 questions go above it",
      "protect   goes up: an answer of weak was bad (`session.upAfterBad`)",
    ],
  ],
  [
    "a cache is worth more than a switch saves",
    PRICED + to("weak"),
    question,
    "last=strong, cachedTokens=19000, questions=3",
    [
      "tier      strong",
      "reason    pinned (cache)",
      "wanted    weak, fixed",
      "last      strong served, 0 s ago; 19000 tokens in its prompt cache",
      /^protect {3}stays: to go to weak costs 0\.0\d+ US dollars more than it saves over the question$/,
    ],
  ],
  [
    "a switch that saves next to nothing is none",
    PRICED + to("weak"),
    question,
    "last=strong,cachedTokens=19000",
    [
      "tier      strong",
      "reason    pinned (cache)",
      "wanted    weak, fixed",
      "last      strong served, 0 s ago; 19000 tokens in its prompt cache",
      /^protect {3}stays: to go to weak saves only 0\.000\d+ US dollars over the question$/,
    ],
  ],
  [
    "many actions to come pay for the switch",
    PRICED + to("weak"),
    question,
    "last=strong,actions=30,questions=2,answerTokens=300",
    [
      "tier      weak",
      "reason    fixed",
      "last      strong served, 0 s ago; all of the history in its prompt cache",
      /^protect {3}leaves strong: saves 0\.1\d+ US dollars over the question, the lost cache taken off$/,
    ],
  ],
  [
    "a cache that is gone keeps nothing",
    PRICED + to("weak"),
    question,
    "last=strong,idleSeconds=301",
    [
      "tier      weak",
      "reason    fixed",
      "last      strong served, 301 s ago; all of the history in its prompt cache",
      "protect   leaves strong: nothing of it is in a cache any more",
    ],
  ],
  [
    "up is always allowed",
    PRICED + to("strong"),
    question,
    "last=weak",
    [
      "tier      strong",
      "reason    fixed",
      "last      weak served, 0 s ago; all of the history in its prompt cache",
      "protect   leaves weak: a stronger tier is always allowed outside a tool loop",
    ],
  ],
])("%s", async (_what, config, body, told, lines) => {
  const given = linesOf(await explained(body, config, "--session", told));
  expect(given).toEqual(lines.map((line) => (typeof line === "string" ? line : expect.stringMatching(line))));
});

test.each<[what: string, config: string, body: object, said: string]>([
  [
    "a stronger tier may take a loop over",
    `tiers: [{ name: cheap }, { name: strong }, { name: dear }]\ndefaultTier: dear\nsession: { toolLoops: up }\n${to("dear")}`,
    loop,
    "leaves strong: a stronger tier takes over the calls (`session.toolLoops: up`)",
  ],
  ["protection is off", `${to("weak")}\nsession: { protect: off }`, loop, "off"],
  ["there is no session", to("weak"), { messages: [ASKED] }, "not asked: the request has no session's id, and offers no tools"],
  ["a probe is none of it", to("weak"), { ...question, max_tokens: 1 }, "not asked: a probe is no part of the conversation"],
  ["it is wanted there", to("strong"), loop, "stays, as was decided"],
  [
    "prompt caches do not count",
    to("weak"),
    question,
    "leaves: nothing breaks, and prompt caches do not count (`session.protect`, no price, no id)",
  ],
])("says so where %s", async (_what, config, body, said) => {
  expect(linesOf(await explained(body, config, "--session", "last=strong"))).toContain(`protect   ${said}`);
});

test("in JSON the figures as they are; nothing of it where no session is told of", async () => {
  const json = JSON.parse(await explained(question, PRICED + to("weak"), "--session", "last=strong,actions=30", "--json"));
  expect(json).toMatchObject({
    protection: "asked",
    inSession: { reason: "pays", last: "strong", gainUsd: expect.any(Number) },
    told: { last: "strong", idleSeconds: 0, actions: 30, questions: 1, answerTokens: 0 },
  });
  const without = await explained(loop, PRICED + to("weak"));
  expect(linesOf(without)).toEqual([
    "tier      weak",
    "reason    fixed",
    "tools     their results wait for an answer; --session last=TIER shows that they stay with it",
  ]);
});

test.each([
  ["last=weka", "--session last=weka: no such tier; did you mean weak?"],
  ["last=x", "--session last=x: no such tier; known: weak, strong"],
])("%s is refused", async (told, message) => {
  await expect(explained(question, to("weak"), "--session", told)).rejects.toMatchObject({ code: "tier-unknown", message });
});
