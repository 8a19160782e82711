// Who asked what, and how alike two messages are: near repeats are over 0.8, other questions of the same form are not.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { similarity, sketchOf } from "../../../src/request/routing/asked.ts";
import { routeBody } from "../../../src/request/routing/routing.ts";

const UTF8 = new TextEncoder();
const likeness = (a: string, b: string) => {
  const [x, y] = [sketchOf(UTF8.encode(a)), sketchOf(UTF8.encode(b))];
  return x && y && similarity(x, y);
};

describe("messages that are repeats", () => {
  test.each([
    ["What is the capital of France?", "what is  the capital of FRANCE"],
    ["How do I reverse a linked list in Python?", "How can I reverse a linked list in python"],
    ["Explain quantum entanglement to me in simple words", "Explain quantum entanglement in simple words please"],
    ["帮我写一首关于秋天的诗", "请帮我写一首关于秋天的诗"],
    ["오늘 서울 날씨가 어때요?", "서울 오늘 날씨가 어때?"],
    [`Fix this: ${"x = f(y); ".repeat(500)}`, `Please fix this: ${"x = f(y); ".repeat(500)}`],
  ])("%.60s, %.60s", (a, b) => {
    expect(likeness(a, b)).toBeGreaterThan(0.8);
  });
});

describe("messages that are not", () => {
  test.each([
    ["What is the capital of France?", "What is the capital of Germany?"],
    ["How do I reverse a linked list in Python?", "How do I sort a list in Python?"],
    ["Explain quantum entanglement to me in simple words", "Explain photosynthesis to me in simple words"],
    ["帮我写一首关于秋天的诗", "帮我写一封关于请假的邮件"],
    ["Good morning! How are you?", "Design the architecture of a payment service"],
  ])("%s, %s", (a, b) => {
    expect(likeness(a, b)).toBeLessThan(0.8);
  });
});

test.each(["", "continue", "go on", "thanks!", "继续", "네"])("%j says too little to be repeated", (text) => {
  expect(sketchOf(UTF8.encode(text))).toBeUndefined();
});

test("a megabyte of one letter, and bytes cut anywhere, are as good as any", () => {
  const long = UTF8.encode("多".repeat(350_000));
  for (const text of [long, long.subarray(1), UTF8.encode(`${"𝒳".repeat(700)}a`)]) {
    const sketch = sketchOf(text);
    expect(sketch && similarity(sketch, sketch)).toBeCloseTo(1);
  }
});

describe("a request", () => {
  const routing = routingOf(parseConfig("", "test"));
  const asked = (body: object) => routeBody(routing, UTF8.encode(JSON.stringify(body)), { get: () => undefined }).measured?.asked;
  const messages = [
    { role: "user", content: "something quite different to begin with" },
    { role: "assistant", content: "an answer" },
    { role: "user", content: "How do I reverse a linked list?" },
  ];

  test("without user or session keeps nothing of what was asked", () => {
    expect(asked({ messages })).toBeUndefined();
  });

  test("with one keeps a sketch of the last user message alone, whatever the policy reads", () => {
    const { sketch } = asked({ messages, user: "ann" }) ?? {};
    expect(sketch).toEqual(sketchOf(UTF8.encode("How do I reverse a linked list?")));
  });

  test("keeps no sketch as long as no outcome is heard of, and one from then on", () => {
    let hears = false;
    const unheard = routingOf(parseConfig("", "test"), { hearsOutcomes: () => hears });
    const body = UTF8.encode(JSON.stringify({ messages, user: "ann" }));
    const measured = () => routeBody(unheard, body, { get: () => undefined }).measured;
    expect(measured()).not.toHaveProperty("asked");
    hears = true;
    expect(measured()).toHaveProperty("asked.sketch");
  });

  test.each<[what: string, behind: readonly object[], message: number]>([
    ["the conversation's last message", [], 2],
    ["where it was, while an assistant works on it", [{ role: "assistant", content: "I shall run it." }], 2],
    ["where it was, behind what tools gave back", [{ role: "tool", content: "exit 1" }], 2],
    ["where it was, behind tool results alone", [{ role: "user", content: [{ type: "tool_result", content: "exit 1" }] }], 2],
    ["further on, where it is said again", [{ role: "assistant", content: "So." }, messages[2] ?? {}], 4],
  ])("knows which message that is: %s", (_, behind, message) => {
    expect(asked({ messages: [...messages, ...behind], user: "ann" })?.message).toBe(message);
  });

  test("is known by its user before its session, and others are others", () => {
    const by = (ids: object) => asked({ messages, ...ids })?.by;
    expect(by({ user: "ann", session_id: "s1" })).toBe(by({ user: "ann" }));
    expect(new Set([by({ user: "ann" }), by({ user: "anm" }), by({ session_id: "s1" }), by({ user: "" })]).size).toBe(4);
  });
});
