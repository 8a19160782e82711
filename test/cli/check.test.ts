import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkCommand } from "../../src/cli/check.ts";
import { encodeModel } from "../../src/request/policy/learned/model-file.ts";
import { modelOf } from "../request/policy/learned/model-of.ts";
import { certificateFolder, newCa } from "../support/certificates.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-check-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

async function check(config: string, ...options: string[]): Promise<unknown> {
  const path = join(folder, "sluice.yaml");
  writeFileSync(path, config);
  return checkCommand().parseAsync(["--config", path, ...options], { from: "user" });
}

test("a good configuration is summed up: addresses, tiers, policy with thresholds, limits", async () => {
  await check(`
tiers:
  - { name: weak, price: { inputPerMTok: 0.1, perHour: 0.3 } }
  - { name: strong, model: glm-5 }
active: main
policies:
  main: { type: threshold, preset: v3, maxBytes: 600 }
  spare: { type: threshold }
unreadable: refuse
`);
  const [summary] = printed.output.split("\n\n");
  expect(`${summary}\n`.replaceAll(/@[0-9a-f]{8}/g, "@HASH")).toBe(`ext_proc      127.0.0.1:9002
admin         127.0.0.1:9003
tier          weak; model dropped; $0.1 per million input tokens, $0.3 per hour
tier          strong; model glm-5; no price
default tier  strong; unreadable JSON is refused with 400
policy        main@HASH: strong for 10 keywords, or over 750 characters, 600 bytes, 7 messages; else weak; reads all
not active    spare@v7: strong for 24 keywords, or over 500 characters, 5 messages; else weak; reads all
limits        16777216 bytes a body, 268435456 bytes in flight
warning       tiers: differ in \`model\`, which a fallback from one to another must change: envoy/envoy.yaml does, kgateway and Envoy \
Gateway cannot (drop the models, or have every tier serve one name); \`sluice doctor --config FILE\` tells
notice        policies.main, policies.spare: keywords are found inside common words: design in designated, migration in immigration, \
complex in complexion; \`wholeWords: true\` finds them as words of their own only
`);
});

test("keywords that stand inside common words are pointed out once, with the remedy, which ends it", async () => {
  const notices = () => printed.output.split("\n").filter((line) => line.startsWith("notice"));
  await check("policies: { main: { type: threshold }, b: { type: threshold, keywords: [Sign, code, 설계, design] } }\nactive: main");
  expect(notices()).toEqual([
    "notice        policies.main, policies.b: keywords are found inside common words: design in designated, migration in " +
      "immigration, complex in complexion, sign in designated; `wholeWords: true` finds them as words of their own only",
  ]);
  printed.output = "";
  await check(`policies:
  main: { type: threshold, wholeWords: true }
  r: { type: rules, rules: [{ name: a, tier: weak, match: { keywords: [hi] } }] }
active: main`);
  expect(notices()).toEqual([]);
  printed.output = "";
  await check(
    "policies: { r: { type: rules, rules: [{ name: a, tier: weak, wholeWords: false, match: { keywords: [hi] } }] } }\nactive: r",
    "--json",
  );
  expect(JSON.parse(printed.output).notices).toEqual([
    {
      path: "policies.r",
      message: "keywords are found inside common words: hi in achieve; `wholeWords: true` finds them as words of their own only",
    },
  ]);
});

const EVERY_TYPE = `
tiers: [{ name: low }, { name: mid }, { name: top }]
active: main
policies:
  main: { type: chain, of: [sure, inner] }
  inner: { type: chain, of: [trained, hard] }
  sure:
    type: rules
    headers: [authorization]
    rules:
      - { name: all, priority: 9, tier: mid, match: { maxTurns: 1, model: "*-mini", path: /v1/*, format: [messages] } }
      - { name: hi, tier: low, match: { keywords: [hi], maxChars: 9 }, params: { max_tokens: 9 }, overwrite: true }
      - name: any
        priority: 6
        tier: top
        match: { headers: { authorization: Bearer* }, any: [{ has: [tools, json] }, { regex: x, script: [han] }] }
  ruled: { type: rules, rules: [{ name: r, tier: low }], fallback: { tier: top, params: { n: 1 } } }
  trained: { type: learned, file: m.json, threshold: auto, minConfidence: 0.6, unsure: abstain }
  hard: { type: difficulty }
  coin: { type: random, shares: { low: 2, mid: 1 }, seed: 3 }
  long: { type: length, scope: user }
  one: { type: fixed, tier: mid }
`;

test("every price of a tier is summed up, those of the prompt cache too", async () => {
  await check("tiers: [{ name: a, price: { inputPerMTok: 3, cachedInputPerMTok: 0.3, cacheWritePerMTok: 3.75, outputPerMTok: 15 } }]");
  expect(printed.output).toContain(
    "tier          a; model dropped; $3 per million input tokens, $0.3 per million read from a cache, " +
      "$3.75 per million written to a cache, $15 per million output tokens\n",
  );
});

test("every policy is shown: the active one first, what it asks, then the others", async () => {
  writeFileSync(join(folder, "m.json"), encodeModel(modelOf(["prove"])));
  await check(EVERY_TYPE);
  const lines = printed.output
    .replaceAll(/@[0-9a-f]{8}/g, "@HASH")
    .replace(/model [0-9a-f]{8}/, "model ID")
    .split("\n");
  expect(lines.slice(6, lines.indexOf(""))).toEqual([
    "policy        main@HASH: the first that does not abstain of sure@HASH, inner@HASH",
    "  asks        inner@HASH: the first that does not abstain of trained@HASH, hard@HASH",
    "  asks        sure@HASH: the first of 3 rules that matches; else abstains",
    "                5 hi: low, sets max_tokens 9 always; for hi, at most 9 characters; reads last_user",
    "                6 any: top; for header authorization: [redacted], with tools and json or a regex, in script han; reads last_user",
    "                9 all: mid; for at most 1 message, model *-mini, path /v1/*, format messages",
    "not active    ruled@HASH: the first of 1 rule that matches; else top, sets n 1",
    "                5 r: low; for every request",
    "  asks        trained@HASH: top from a probability of a threshold that holds 65 % for low; else low; reads all",
    "                less sure than 0.6: abstains",
    "                model ID from m.json: n-grams, 2000 rows, APGR 0.660 in cross-validation, of 2026-01-31",
    "  asks        hard@HASH: a score from the length of the last user message and 24 reasoning, 17 structure and 24 domain words",
    "                score under 0.2: low",
    "                score under 0.8: mid",
    "                else: top",
    "not active    coin@HASH: 66.7 % to low, 33.3 % to mid, by x-request-id; seed 3",
    "not active    long@HASH: top over 500 characters; else low; reads user",
    "not active    one@HASH: always mid",
    "limits        16777216 bytes a body, 268435456 bytes in flight",
  ]);
});

test.each([
  ["the same in another order", "{ n: 1, top_k: 5 }", "{ top_k: 5, n: 1 }", undefined],
  ["others, and another model", "{ n: 1 }", "{ n: 2 }, model: glm-5", "differ in `model` and `params`"],
])("tiers with params, %s", async (_, weak, strong, warning) => {
  await check(`tiers: [{ name: weak, params: ${weak} }, { name: strong, params: ${strong} }]`);
  if (warning === undefined) expect(printed.output).not.toContain("warning");
  else expect(printed.output).toContain(warning);
});

test("--json prints the effective configuration and the warnings, and of a model only what it is", async () => {
  await check("log: {level: warn}", "--json");
  expect(JSON.parse(printed.output)).toMatchObject({
    valid: true,
    warnings: [],
    config: { log: { level: "warn" }, policies: { main: { id: "main@v7" } } },
  });
  printed.output = "";
  writeFileSync(join(folder, "m.json"), encodeModel(modelOf(["prove"])));
  await check("policies: {main: {type: learned, file: m.json}}", "--json");
  expect(printed.output.length).toBeLessThan(3000); // the model itself has 20,000 and more
  expect(JSON.parse(printed.output)).toMatchObject({ config: { policies: { main: { model: { cut: 0.5, summary: { rows: 2000 } } } } } });
});

test.each<[policies: string, ...warnings: string[]]>([
  ["main: { type: threshold, over: weak }", "tiers[1]: no policy sends a request to mid"],
  [
    "main: { type: rules, rules: [{ name: r, tier: mid, match: { minChars: 2, maxChars: 1 } }], fallback: { tier: weak } }",
    "policies.main: rule r can never match: no text has at least 2 and at most 1 characters",
  ],
  [
    "main: { type: rules, rules: [{ name: r, tier: mid }, { name: s, tier: weak, match: { maxTurns: 3 } }] }",
    "policies.main: rule s can never decide: r comes first and matches all that s matches",
  ],
  [
    "main: { type: rules, rules: [{ name: r, tier: mid, match: { model: a* } }, { name: s, tier: weak, match: { maxTurns: 3 } }] }",
    "policies.main: rules r (mid) and s (weak) can match the same request; both have priority 5, so r decides because it is listed first",
  ],
  [
    "main: { type: chain, of: [a, b] }, a: { type: fixed, tier: mid }, b: { type: length }",
    "policies.main: a never abstains, so b is never asked",
  ],
  [
    "main: { type: chain, of: [a, b, c] }, a: { type: rules, rules: [{ name: r, tier: mid }] }, b: { type: length }, c: { type: length }",
    "policies.main: a never abstains, so b, c are never asked",
  ],
  [
    "main: { type: chain, of: [a, a, b] }, a: { type: rules, rules: [{ name: r, tier: mid, match: { model: m } }] }, b: { type: length }",
    "policies.main: a is listed twice: it abstains again where it abstained before",
  ],
  [
    "main: { type: chain, of: [a, b] }, a: { type: chain, of: [c] }, b: { type: length }, c: { type: fixed, tier: mid }",
    "policies.main: a never abstains, so b is never asked",
  ],
  [
    "main: { type: chain, of: [a, b] }, a: { type: learned }, b: { type: length, over: mid }",
    "policies.a: has no `file`: it always abstains",
  ],
  [
    "main: { type: chain, of: [a, b] }, a: { type: learned, unsure: up }, b: { type: length, over: mid }",
    "policies.main: a never abstains, so b is never asked",
    "policies.a: has no `file`: all go to strong",
  ],
  [
    "main: { type: chain, of: [a, b] }, a: { type: learned, file: m.json, unsure: abstain, over: mid }, b: { type: length }",
    "policies.main: a never abstains, so b is never asked",
  ],
  ["main: { type: chain, of: [a, b] }, a: { type: learned, file: m.json, unsure: abstain, threshold: 0.4 }, b: { type: fixed, tier: mid }"],
  ["main: { type: random, shares: { weak: 1, mid: 0 } }", "tiers[1]: no policy sends a request to mid"],
  ["main: { type: difficulty }"],
  [
    "main: { type: difficulty, bands: [{ tier: mid, below: 1, params: { max_token: 9, top_k: 5 } }, { tier: weak, params: { mine: 1 } }] }",
    "policies.main: sets max_token, a parameter that no known format has (max_tokens?): it is set in requests of every format",
    "policies.main: sets mine, a parameter that no known format has: it is set in requests of every format",
  ],
])("%s: warns, and is fine all the same", async (policies, ...warnings) => {
  writeFileSync(join(folder, "m.json"), encodeModel(modelOf(["prove"])));
  await check(`tiers: [{ name: weak }, { name: mid }, { name: strong }]\nactive: main\npolicies: { ${policies} }`);
  expect(process.exitCode ?? 0).toBe(0);
  const shown = printed.output.split("\n").filter((line) => line.startsWith("warning"));
  expect(shown).toEqual(warnings.map((warning) => `warning       ${warning}`));
});

test("a tier for what came from nowhere known is sent requests, though no policy does", async () => {
  await check("tiers: [{ name: weak }, { name: mid }, { name: strong }]\ncontinued: { unknown: mid }");
  expect(printed.output).not.toContain("warning");
});

test("a tier's own parameters are shown, and warned of where no format knows them", async () => {
  const tiers = "[{ name: weak, params: { temprature: 1 } }, { name: strong, params: { reasoning_effort: high }, overwrite: true }]";
  await check(`tiers: ${tiers}`);
  expect(printed.output).toContain("tier          weak; model dropped, sets temprature 1; no price");
  expect(printed.output).toContain('tier          strong; model dropped, sets reasoning_effort "high" always; no price');
  const warning = "tiers[0]: sets temprature, a parameter that no known format has (temperature?): it is set in requests of every format";
  const differing =
    "tiers: differ in `params`, which a fallback from one to another must change: envoy/envoy.yaml does, kgateway and Envoy Gateway " +
    "cannot (give all the same params); `sluice doctor --config FILE` tells";
  const warned = printed.output.split("\n").filter((line) => line.startsWith("warning"));
  expect(warned).toEqual([warning, differing].map((each) => `warning       ${each}`));
});

test("certificates are looked at, and one that will not do ends with exit code 2", async () => {
  const ca = newCa();
  const { certFile, keyFile, clientCaFile, remove } = certificateFolder(ca.issue({ name: "sluice" }), ca.cert);
  const listen = `listen: { tls: { certFile: ${certFile}, keyFile: ${keyFile}, clientCaFile: ${clientCaFile} }, adminTls: { `;
  await check(`${listen} certFile: ${certFile}, keyFile: ${keyFile} } }`);
  expect(printed.output).toMatch(/^ext_proc {6}127.0.0.1:9002; TLS, for clients with a certificate\nadmin {9}127.0.0.1:9003; TLS\n/);
  expect(printed.output).toContain("# clientCaFile: clients need no certificate");
  await expect(check(`${listen} certFile: ${keyFile}, keyFile: ${keyFile} } }`)).rejects.toMatchObject({ code: "tls-file-invalid" });
  printed.output = "";
  const gone = check(`${listen} certFile: ${certFile}, keyFile: /nowhere } }`, "--json");
  await expect(gone).rejects.toMatchObject({ code: "tls-file-unreadable", exitCode: 2 });
  expect(JSON.parse(printed.output)).toMatchObject({
    valid: false,
    problems: [{ path: "listen", message: "listen.adminTls.keyFile: /nowhere: no such file" }],
  });
  remove();
});

test("what tiers cannot take is shown, and warned of where no tier can, or a tier has no room for any question", async () => {
  const weak = "{ name: weak, can: { images: false, audio: false, json: true }, contextTokens: 100, params: { max_tokens: 100 } }";
  await check(`tiers: [${weak}, { name: strong, can: { audio: false }, params: { max_tokens: 100 } }]`);
  expect(printed.output).toContain("no price; takes no images, audio; at most 100 tokens\n");
  const warned = printed.output.split("\n").filter((line) => line.startsWith("warning"));
  expect(warned).toEqual([
    "warning       tiers: no tier can take audio: such requests go to the one with the largest `contextTokens`, with the reason " +
      "`cannot-any`, and are most likely refused there",
    "warning       tiers[0].contextTokens: params allow answers of 100 tokens, no room is left in contextTokens 100: weak gets no chat",
  ]);
});

test("a bad configuration ends with exit code 2; --json prints its problems too", async () => {
  await expect(check("lgo: 1")).rejects.toMatchObject({ code: "config-invalid", exitCode: 2 });
  expect(printed.output).toBe("");
  await expect(check("lgo: 1", "--json")).rejects.toMatchObject({ code: "config-invalid" });
  expect(JSON.parse(printed.output)).toEqual({
    valid: false,
    count: 1,
    problems: [{ path: "lgo", message: "unknown key; did you mean log?", line: 1, column: 1 }],
  });
});

test("breakers and service levels are said to need the access log, which no configuration can show", async () => {
  await check(
    "tiers: [{ name: weak }, { name: strong, slo: { firstByteMs: 900 } }]\nbreaker: {}\npolicies: { main: { type: length } }",
    "--json",
  );
  expect(JSON.parse(printed.output).notices).toEqual([
    {
      path: "breaker, tiers[1].slo",
      message: "learns how tiers are from Envoy's access log, and does nothing without; `sluice doctor` says whether there is one",
    },
  ]);
});
