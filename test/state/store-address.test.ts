// Where a store is and how it is spoken to, out of its URL; and its password, from a file or the environment.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { storeAddress } from "../../src/state/store-address.ts";
import { storeSecrets } from "../../src/state/store-secrets.ts";

const PLAIN = { port: 6379, tls: false, username: undefined, password: undefined, database: 0 };

describe("the URL of a store", () => {
  test.each([
    ["redis://store", { ...PLAIN, host: "store" }],
    ["redis://store:7000/3", { ...PLAIN, host: "store", port: 7000, database: 3 }],
    ["rediss://[::1]:7000/", { ...PLAIN, host: "::1", port: 7000, tls: true }],
    ["redis://ann:p%40ss%2Fword@store", { ...PLAIN, host: "store", username: "ann", password: "p@ss/word" }],
    ["redis://:secret@store", { ...PLAIN, host: "store", password: "secret" }],
  ])("%s is read", (url, address) => expect(storeAddress(url)).toEqual(address));

  test.each(["", "store:6379", "http://store", "redis:store", "redis://", "redis://store/name", "redis://store?tls=1", "redis://a:99999"])(
    "%j is none",
    (url) => expect(storeAddress(url)).toBeUndefined(),
  );
});

describe("the password of a store", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-secret-"));
  const [file, empty] = [join(folder, "password"), join(folder, "empty")];
  writeFileSync(file, "from the file\n");
  writeFileSync(empty, "\n");
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ["a file, before the environment", file, { SLUICE_STATE_PASSWORD: "other" }, { password: "from the file" }],
    ["the environment", undefined, { SLUICE_STATE_PASSWORD: "from the environment" }, { password: "from the environment" }],
    ["nowhere", undefined, {}, {}],
  ])("comes from %s", async (_name, path, env, secrets) => expect(await storeSecrets(path, env)).toEqual(secrets));

  test.each([join(folder, "missing"), empty, folder])("from %s is an error that says so", async (path) => {
    await expect(storeSecrets(path, {})).rejects.toMatchObject({ code: "state-secret-unusable", message: expect.stringContaining(path) });
  });
});
