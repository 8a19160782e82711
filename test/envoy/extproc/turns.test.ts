// Large messages take turns: several calls one after the other, and in each call all in order.
import { describe, expect, test } from "vitest";
import { turns } from "../../../src/envoy/extproc/turns.ts";
import { requestBody, requestHeaders } from "../../support/ext-proc-client.ts";
import { setup } from "../../support/ext-proc-talk.ts";

/** An event loop by hand. */
function loop() {
  const due: (() => void)[] = [];
  return {
    turns: turns((act) => due.push(act)),
    turn: () => due.shift()?.(),
    left: () => due.length,
  };
}

const LARGE = JSON.stringify({ model: "m", messages: [{ role: "user", content: "x".repeat(600_000) }] });
const SMALL = JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] });
const headers = requestHeaders({ ":path": "/v1/chat/completions" });

describe("large messages", () => {
  test("one a turn, in the order they came, and small ones of other calls at once", () => {
    const { turns: shared, turn, left } = loop();
    const calls = [LARGE, LARGE, SMALL].map((body) => {
      const one = setup({ turns: shared, maxBodyBytes: 1 << 20 });
      one.send(headers);
      one.send(requestBody(body));
      return one.seen;
    });
    const decided = () => calls.map(({ decisions }) => decisions.map(({ tier }) => tier).join());
    expect(decided()).toEqual(["", "", "weak"]);
    turn();
    expect(decided()).toEqual(["strong", "", "weak"]);
    turn();
    expect(decided()).toEqual(["strong", "strong", "weak"]);
    expect(calls.map(({ replies, finished }) => [replies.length, finished])).toEqual([2, 2, 2].map((count) => [count, true]));
    expect(left()).toBe(0);
  });

  test("what comes behind one waits for it", () => {
    const { turns: shared, turn } = loop();
    const { seen, send, handler } = setup({ turns: shared });
    send(headers);
    send(requestBody(LARGE));
    handler.halfClosed();
    expect(seen).toMatchObject({ finished: false, decisions: [] });
    turn();
    turn();
    expect(seen).toMatchObject({ finished: true, decisions: [{ tier: "strong", reason: "chars" }] });
  });

  test("a call that is over meanwhile is undecided, and gives back what it held", () => {
    const { turns: shared, turn, left } = loop();
    const { seen, send, handler } = setup({ turns: shared });
    send(headers);
    send(requestBody(LARGE));
    handler.closed();
    expect(seen).toMatchObject({ held: 0, closedUndecided: true });
    turn();
    expect(seen).toMatchObject({ decisions: [], replies: [expect.anything()] });
    expect(left()).toBe(0);
  });

  test("what cannot be read ends its call alone", () => {
    const { turns: shared, turn } = loop();
    const { seen, handler } = setup({ turns: shared });
    handler.message(Buffer.alloc(600_000, 0xff));
    turn();
    expect(seen).toMatchObject({ failures: ["wire-error"], finished: true });
  });
});
