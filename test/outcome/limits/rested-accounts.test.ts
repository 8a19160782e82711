// Accounts that replicas share and that nobody used for a while: what was held of them goes back, and nobody is refused for that later.
import { expect, test } from "vitest";
import { limitsInMemory } from "../../../src/state/limits-in-memory.ts";
import { clock, HELD, startReplica } from "./replica.ts";

test("an account that was idle for so long that its slice went back is used again", async () => {
  const store = limitsInMemory();
  const replica = startReplica("one", store);
  replica.ask("first");
  await replica.slices.exchange();
  replica.settle("first", HELD);
  for (const ms of [100, 61_000, 2000, 2000]) {
    clock.passedMs += ms;
    await replica.slices.exchange();
  }
  expect(replica.ask("again")).toBe(true);
});

test("where an account was used up, and rested, there is room again once another replica has needed less than it held back", async () => {
  const store = limitsInMemory();
  const [one, other] = [startReplica("one", store), startReplica("other", store)];
  const exchangeAll = async (ms: number) => {
    clock.passedMs += ms;
    for (const { slices } of [one, other]) await slices.exchange();
  };
  one.ask("first");
  const held: string[] = [];
  for (let round = 0; round < 100; round++) {
    for (let at = 0; at < 200; at++) if (other.ask(`${round}-${at}`)) held.push(`${round}-${at}`);
    await exchangeAll(1000);
  }
  await exchangeAll(61_000);
  expect(one.ask("refused")).toBe(false);
  for (const id of held) other.settle(id, 1);
  await exchangeAll(0);
  await exchangeAll(61_000);
  expect(one.ask("again")).toBe(true);
});
