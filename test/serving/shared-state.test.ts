// Whose hashes of senders are the same: what replicas and processes tell each other of them has to fall together, and nowhere else.
import { expect, test } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { hashSalt } from "../../src/serving/shared-state.ts";

const stateOf = (members: string) => parseConfig(`state: { ${members} }`, "test").state;
const STORE = stateOf("url: redis://store:6379");

test("replicas with one store and prefix take the same salt, whatever password they say, and whatever else they were given", () => {
  const salt = hashSalt(STORE);
  expect(hashSalt(stateOf("url: redis://store:6379"), 7)).toBe(salt);
  expect(hashSalt(stateOf("url: redis://:secret@store:6379"))).toBe(salt);
  for (const other of ["url: redis://store:6380", "url: redis://store:6379/1", "url: redis://store:6379, prefix: other"]) {
    expect(hashSalt(stateOf(other))).not.toBe(salt);
  }
});

test("without a store it is what the processes were given together, else one of each process", () => {
  expect(hashSalt(stateOf(""), 7)).toBe(7);
  expect(new Set([1, 2, 3].map(() => hashSalt(stateOf("")))).size).toBe(3);
});
