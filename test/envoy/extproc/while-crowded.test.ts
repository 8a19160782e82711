// While much is held for peers, large headers and pieces of bodies wait in mapped memory: what is decided is the same, and the memory is
// given back when the call needs it no more.
import { describe, expect, test } from "vitest";
import { encodeRequest, requestBody, requestHeaders } from "../../support/ext-proc-client.ts";
import { type Setup, setup } from "../../support/ext-proc-talk.ts";
import { givenBackBy } from "../../support/mapped-memory.ts";

const QUESTION = JSON.stringify({ model: "m", messages: [{ role: "user", content: `Say it again: ${"ä and so on ".repeat(9000)}` }] });
const LARGE = { "x-sluice-tier": "forged", "x-large": "x".repeat(60_000), "x-request-id": "r-1" };
const DUPLEX = { protocol_config: { request_body_mode: "FULL_DUPLEX_STREAMED", response_body_mode: "NONE" } };

const pieces = (text: string, bytes: number) => {
  const all = Buffer.from(text);
  const count = Math.ceil(all.length / bytes);
  return Array.from({ length: count }, (_, i) => requestBody(all.subarray(i * bytes, (i + 1) * bytes), i === count - 1));
};

/** With the mapped buffers they take: of a call that comes to its end, and of one that is cut off before its last message. */
const CALLS: readonly [string, readonly object[], number, number][] = [
  ["large headers and a body", [requestHeaders(LARGE), requestBody(QUESTION)], 1, 1],
  ["a body in pieces", [{ ...requestHeaders({}), ...DUPLEX }, ...pieces(QUESTION, 30_000)], 4, 3],
  ["a body in one piece", [{ ...requestHeaders({}), ...DUPLEX }, ...pieces(QUESTION, 1 << 20)], 1, 0],
  ["large headers and a body in pieces", [{ ...requestHeaders(LARGE), ...DUPLEX }, ...pieces(QUESTION, 30_000)], 5, 4],
  ["large headers, twice", [requestHeaders(LARGE), requestHeaders({ ...LARGE, "x-request-id": "r-2" }), requestBody(QUESTION)], 1, 1],
];

function outcome(messages: readonly object[], options: Setup) {
  const { seen, handler } = setup(options);
  for (const message of messages) handler.message(encodeRequest(message));
  handler.closed();
  return seen;
}

describe("while much is held", () => {
  test.each(CALLS)("%s: the same is said", (_, messages) => {
    const usual = outcome(messages, {});
    const crowded = outcome(messages, { isCrowded: true });
    expect(crowded).toEqual(usual);
    expect([usual.decisions.length, usual.failures]).toEqual([1, []]);
  });

  test.each(CALLS)("%s: its memory is given back", async (_, messages, count) => {
    expect(await givenBackBy(() => void outcome(messages, { isCrowded: true }))).toBe(count);
  });

  test.each(CALLS)("%s: its memory is given back if the call is over before its end", async (_, messages, __, count) => {
    expect(await givenBackBy(() => void outcome(messages.slice(0, -1), { isCrowded: true }))).toBe(count);
  });
});
