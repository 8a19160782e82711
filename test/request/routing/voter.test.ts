// Who a request is counted for: the header that the operator names, and nothing else, or whom the body names.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { routingOf } from "../../../src/config/routing-of.ts";
import { routeBody } from "../../../src/request/routing/routing.ts";

const QUESTION = { messages: [{ role: "user", content: "Where is the nearest open bakery?" }] };

interface Sent {
  readonly body?: object;
  readonly header?: string; // x-user-id
}

function measuredBy(config: string, voterSalt?: number) {
  const routing = routingOf(parseConfig(config, "test"), voterSalt === undefined ? {} : { voterSalt });
  return ({ body = {}, header }: Sent) =>
    routeBody(routing, new TextEncoder().encode(JSON.stringify({ ...QUESTION, ...body })), {
      get: (name) => (name === "x-user-id" ? header : undefined),
    }).measured;
}

const ANN = { user: "ann" };
const BOB = { user: "bob" };

describe("without `voter`", () => {
  const measured = measuredBy("");

  test.each<[what: string, a: Sent, b: Sent, isSame: boolean]>([
    ["one user", { body: ANN }, { body: { ...ANN, session_id: "s" } }, true],
    ["two users", { body: ANN }, { body: BOB }, false],
    ["two users of one header", { body: ANN, header: "h" }, { body: BOB, header: "h" }, false],
    ["one session", { body: { session_id: "s" } }, { body: { session_id: "s" } }, true],
  ])("%s", (_what, a, b, isSame) => {
    expect(measured(a)?.voter === measured(b)?.voter).toBe(isSame);
    expect(measured(a)?.asked?.by).toBe(measured(a)?.voter);
  });

  test("nobody is named by a request that does not say", () => {
    expect(measured({ header: "h" })?.voter).toBeUndefined();
  });
});

describe("with `voter: X-User-Id`", () => {
  const measured = measuredBy("voter: X-User-Id");

  test.each<[what: string, a: Sent, b: Sent, isSame: boolean]>([
    ["one header, whatever user the body makes up", { body: ANN, header: "h" }, { body: BOB, header: "h" }, true],
    ["two headers", { body: ANN, header: "h" }, { body: ANN, header: "i" }, false],
    ["all without it", { body: ANN }, { body: { session_id: "s" } }, true],
  ])("%s", (_what, a, b, isSame) => {
    expect(measured(a)?.voter === measured(b)?.voter).toBe(isSame);
  });

  test.each<[what: string, a: Sent, b: Sent, isSame: boolean]>([
    ["one user of it", { body: ANN, header: "h" }, { body: ANN, header: "h" }, true],
    ["two users of it, as behind one key of a company", { body: ANN, header: "h" }, { body: BOB, header: "h" }, false],
    ["nobody but the header", { header: "h" }, { header: "h" }, true],
  ])("a repeat is looked for among the requests of %s", (_what, a, b, isSame) => {
    expect(measured(a)?.asked?.by === measured(b)?.asked?.by).toBe(isSame);
  });

  test("and not among those that name nobody", () => {
    expect(measured({})?.asked).toBeUndefined();
  });
});

test("another salt gives other numbers, so that nobody can choose a name that falls together with another's", () => {
  const [one, other] = [1, 2].map((salt) => measuredBy("", salt));
  const names = Array.from({ length: 200 }, (_, at) => ({ body: { user: `user-${at}` } }));
  const slots = [one, other].map((measured) => names.map((sent) => (measured?.(sent)?.voter ?? 0) >>> 20));
  expect(slots[0]?.filter((slot, at) => slot === slots[1]?.[at]).length).toBeLessThan(5);
  expect(new Set(slots[0]).size).toBeGreaterThan(180);
});

test.each(["", "x user", "x-user-id:", 7])("`voter: %j` is refused", (name) => {
  expect(() => parseConfig(JSON.stringify({ voter: name }), "test")).toThrow(/voter/);
});
