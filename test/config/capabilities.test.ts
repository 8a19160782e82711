// Every capability is in the list, and says only what there is.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { CAPABILITIES } from "../../src/config/capabilities/list.ts";
import { changedFixedKeys } from "../../src/config/fixed-keys.ts";
import { parseConfig } from "../../src/config/load.ts";

const FOLDER = fileURLToPath(new URL("../../src/config/capabilities", import.meta.url));
const NOT_ONE = ["cache-semantic.ts", "capability.ts", "limit-keys.ts", "list.ts"];

test("every file of the folder describes the capability it is called after, and each is in the list", () => {
  const files = readdirSync(FOLDER).filter((file) => !NOT_ONE.includes(file));
  const called = CAPABILITIES.map(([key]) => `${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`);
  expect(called.toSorted()).toEqual(files.toSorted());
});

describe.each(CAPABILITIES)("of %s", (_key, { schema, secrets, atNextStart }) => {
  test("every key that is secret, or counts at the next start, is one of its own", () => {
    const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
    expect(Object.keys(properties)).toEqual(expect.arrayContaining([...secrets, ...atNextStart]));
  });
});

test("the keys that a reload leaves as they were are those that changed", () => {
  const config = (text: string) => parseConfig(text, "test.yaml");
  const before = config("outcomes: { maxWaiting: 5 }");
  expect(changedFixedKeys(before, config("outcomes: { maxWaiting: 5 }\nlog: { level: warn }"))).toEqual([]);
  expect(changedFixedKeys(before, config("listen: { transport: grpc-js, admin: '[::1]:1' }"))).toEqual([
    "listen.admin",
    "listen.transport",
    "outcomes.maxWaiting",
  ]);
  const secured = config("listen: { tls: { certFile: a, keyFile: b, clientCaFile: c }, adminTls: { certFile: a, keyFile: b } }");
  expect(changedFixedKeys(secured, config(""))).toEqual(["listen.tls", "listen.adminTls"]);
});
