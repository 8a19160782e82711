import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { activePolicy } from "../../src/config/config.ts";
import { loadConfig, parseConfig } from "../../src/config/load.ts";
import { PRESETS } from "../../src/config/presets.ts";
import { ConfigInvalid } from "../../src/config/problems.ts";
import { describe as described, SluiceError } from "../../src/errors.ts";

/** `line:column path: message` of every problem. */
function problemsOf(text: string): string[] {
  try {
    parseConfig(text, "test.yaml");
  } catch (error) {
    if (error instanceof ConfigInvalid)
      return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
    throw error;
  }
  return [];
}

const SHARED = ["outcomes", "sessions", "continued", "feedback", "repeats", "limits", "cache", "rollout", "learned", "consensus"];
const KEYS =
  "listen, tiers, defaultTier, active, policies, cascade, rollout, takeover, history, envelopes, continued, session, breaker, audit, " +
  "voter, ratings, unreadable, limits, quotas, budgets, ledger, cache, outcomes, decisionLog, traces, capturePrompts, state, shutdown, log";
const POLICY_TYPES = "threshold, rules, difficulty, learned, cheapest, bandit, fixed, random, length, chain";
const POLICY_KEYS = "type, preset, keywords, wholeWords, maxChars, maxBytes, maxTurns, countTurns, scope, under, over";

describe("a bad configuration is refused with the place and a way out", () => {
  test.each<[text: string, ...problems: string[]]>([
    ["listne: {}", "1:1 listne: unknown key; did you mean listen?"],
    ["zzz: 1", `1:1 zzz: unknown key; known here: ${KEYS}`],
    ["zzz:", `1:1 zzz: unknown key; known here: ${KEYS}`],
    ["__proto__: {x: 1}", `1:1 __proto__: unknown key; known here: ${KEYS}`],
    ["listen:\n  extPrco: 127.0.0.1:1", "2:3 listen.extPrco: unknown key; did you mean extProc?"],
    ["listen: {admin: nowhere}", "1:17 listen.admin: must be host:port, [IPv6]:port or unix:/path"],
    ["listen: {admin: '127.0.0.1:70000'}", "1:17 listen.admin: the port must be 0 to 65535"],
    ["listen: {extProc: ':9002'}", "1:19 listen.extProc: the host is missing; 0.0.0.0:9002 listens on every interface"],
    ["listen: {adminHosts: ['http://a.b']}", "1:23 listen.adminHosts[0]: write a host's name, without scheme and port"],
    ["listen: {extProc: 'unix:'}", "1:19 listen.extProc: the path of the socket is missing"],
    ["listen: [a]", "1:9 listen: must be a map of keys to values"],
    ["listen: {tls: {}}", "1:15 listen.tls.certFile: missing; must be text", "1:15 listen.tls.keyFile: missing; must be text"],
    [
      "listen: {tls: {certFile: a, keyFile: b, caFile: c}}",
      "1:41 listen.tls.caFile: unknown key; known here: certFile, keyFile, clientCaFile",
    ],
    ["listen:\n  tls:\n  # certFile: a", "2:7 listen.tls: must be a map of keys to values"],
    ["listen:\n  adminTls: ~", "2:13 listen.adminTls: must be a map of keys to values"],
    ["listen:\n  tls:\n    certFile: a\n    keyFile: b\n    clientCaFile:", "5:18 listen.tls.clientCaFile: must be text"],
    ["quotas: [{per: day}]", "1:10 quotas[0]: needs one of `requests` and `tokens`, such as requests: 1000"],
    ["quotas: [{requests: 1, tokens: 2, per: day}]", "1:10 quotas[0]: needs one of `requests` and `tokens`, such as requests: 1000"],
    ["quotas: [{requests: 1}]", "1:10 quotas[0].per: must be one of minute, hour, day, week, month"],
    ["quotas: [{requests: 1.5, per: day}]", "1:21 quotas[0].requests: must be a whole number"],
    ["quotas: [{requests: 1, per: day, tier: storng}]", "1:40 quotas[0].tier: there is no tier storng; did you mean strong?"],
    [
      "quotas: [{requests: 1, per: day, by: 'x team'}]",
      "1:38 quotas[0].by: must be `user`, or the name of a request header such as x-team",
    ],
    [
      "quotas: [{requests: 1, per: day}, {requests: 2, per: day}]",
      "1:35 quotas[1].name: there is one named requests-day above: give each a name of its own",
    ],
    ["budgets: [{usd: 0, per: day}]", "1:17 budgets[0].usd: must be at least 0.000001"],
    ["budgets: [{usd: 1, per: day, warnAt: [0.9, 0.8]}]", "1:38 budgets[0].warnAt: must rise, as in [0.8, 0.9]"],
    [
      "ledger: {timeZone: Europe/Bonn}",
      "1:20 ledger.timeZone: is no time zone that is known here: names are such as Europe/Berlin, Asia/Kolkata and UTC",
    ],
    ["state: {url: 'http://a'}", "1:14 state.url: must be redis://host:port or rediss://host:port (TLS)"],
    ["state: {url: 'redis://a:1/x'}", "1:14 state.url: must be redis://host:port or rediss://host:port (TLS)"],
    ["state: {prefix: 'a{b}'}", "1:17 state.prefix: must be 1 to 64 of A-Z, a-z, 0-9, -, _ and ."],
    ["state: {share: [budgets]}", `1:17 state.share[0]: must be one of ${SHARED.join(", ")}`],
    ["tiers: []", "1:8 tiers: must have at least 1 entry"],
    ["tiers: weak", "1:8 tiers: must be a list"],
    ["tiers: [{model: x}]", "1:9 tiers[0].name: missing; must be text"],
    ["tiers: [{name: a, model: m, keepModel: true}]", "1:40 tiers[0].keepModel: cannot be true where `model` is set: one of the two"],
    ["tiers: [{name: Weak}]", "1:16 tiers[0].name: must be 1 to 63 of a-z, 0-9 and -, and not begin or end with -"],
    ["tiers:\n  - name: a\n  - name: a", "3:11 tiers[1].name: there is a tier a above"],
    ["tiers: [{name: a, price: {inputPerMtok: 1}}]", "1:27 tiers[0].price.inputPerMtok: unknown key; did you mean inputPerMTok?"],
    ["tiers: [{name: a, params: {model: x}}]", "1:28 tiers[0].params.model: cannot be set: a tier sets it: `model` in `tiers`"],
    ["tiers: [{name: a, params: {n: .inf}}]", "1:31 tiers[0].params.n: Infinity cannot be said in JSON"],
    ["tiers: [{name: a, shape: {}}]", "1:26 tiers[0].shape: must have `prepend` or `schema`"],
    ["tiers: [{name: a, shape: {prepend: ' '}}]", "1:36 tiers[0].shape.prepend: must not be empty"],
    ["tiers: [{name: a, shape: {schema: {maximum: .inf}}}]", "1:35 tiers[0].shape.schema: Infinity cannot be said in JSON"],
    ["tiers: [{name: a, overwrite: 1}]", "1:30 tiers[0].overwrite: must be true or false"],
    ["tiers: [{name: a, price: {perHour: -1}}]", "1:36 tiers[0].price.perHour: must be at least 0"],
    ["tiers: [{name: a, substitute: b}]", "1:31 tiers[0].substitute: there is no tier b; did you mean a?"],
    ["tiers: [{name: a, substitute: a}]", "1:31 tiers[0].substitute: cannot be the tier itself"],
    [
      "tiers: [{name: a, provider: x, substitute: b}, {name: b, provider: x}, {name: c}]",
      "1:44 tiers[0].substitute: is of the provider x too, and fails with it: one of another, such as c",
    ],
    ["tiers: [{name: a, slo: {firstByteMs: 0}}]", "1:38 tiers[0].slo.firstByteMs: must be at least 1"],
    ["breaker: {failedShare: 0}", "1:24 breaker.failedShare: must be at least 0.05"],
    ["breaker: {least: 2}", "1:18 breaker.least: must be at least 5"],
    ["breaker: {opensForMs: 600000}", "1:23 breaker.opensForMs: must be at most 300000"],
    ["breaker: true", "1:10 breaker: must be a map of keys to values"],
    ["defaultTier: storng", "1:14 defaultTier: there is no tier storng; did you mean strong?"],
    ["defaultTier: dear", "1:14 defaultTier: there is no tier dear; there are weak, strong"],
    ["continued: {unknown: storng}", "1:22 continued.unknown: there is no tier storng; did you mean strong?"],
    ["active: mian", "1:9 active: there is no policy mian; did you mean main?"],
    ["policies: {}", "1:11 policies: must have at least one policy"],
    ["policies: {a: {type: threshold}, b: {type: threshold}}", "1:11 policies: none is called main: name the one to use in `active`"],
    ["policies: {main: {preset: v7}}", `1:18 policies.main.type: missing; must be one of ${POLICY_TYPES}`],
    ["policies: {main: {type: rule}}", `1:25 policies.main.type: must be one of ${POLICY_TYPES}`],
    [
      "policies: {'a b': {type: threshold}}",
      "1:12 policies.a b: must be 1 to 63 of A-Z, a-z, 0-9, - and _, and begin with a letter or digit",
    ],
    ["policies: {main: {type: threshold, maxChar: 1}}", "1:36 policies.main.maxChar: unknown key; did you mean maxChars?"],
    ["policies: {main: {type: threshold, zz: 1}}", `1:36 policies.main.zz: unknown key; known here: ${POLICY_KEYS}`],
    ["policies: {main: {type: threshold, preset: v2}}", "1:44 policies.main.preset: must be one of v1, v3, v5, v7, v7-hant"],
    ["policies: {main: {type: threshold, maxTurns: 1.5}}", "1:46 policies.main.maxTurns: must be a whole number"],
    ["policies: {main: {type: threshold, maxBytes: '9'}}", "1:46 policies.main.maxBytes: must be a number"],
    ["policies: {main: {type: threshold, under: weka}}", "1:43 policies.main.under: there is no tier weka; did you mean weak?"],
    ["policies: {main: {type: threshold, over: x}}", "1:42 policies.main.over: there is no tier x; there are weak, strong"],
    ["policies: {main: {type: threshold, keywords: [Foo, x, foo]}}", "1:55 policies.main.keywords[2]: foo is listed above"],
    ["policies: {main: {type: threshold, keywords: [' ']}}", "1:47 policies.main.keywords[0]: must not be empty"],
    [
      `policies: {main: {type: threshold, keywords: [${"é".repeat(128)}]}}`,
      "1:47 policies.main.keywords[0]: has 256 bytes of UTF-8; at most 255 are possible",
    ],
    ["unreadable: drop", "1:13 unreadable: must be one of pass, refuse"],
    ["limits: {maxBodyBytes: 268435457}", "1:24 limits.maxBodyBytes: must be at most 268435456"],
    ["limits: {maxBodyBytes: 4096, bodyBudgetBytes: 2048}", "1:47 limits.bodyBudgetBytes: must be at least limits.maxBodyBytes, 4096"],
    ["log: {level: loud}", "1:14 log.level: must be one of trace, debug, info, warn, error, silent"],
    ["- 1", "1:1 : must be a map of keys to values"],
    ["a: 1\na: 2", "2:1 : Map keys must be unique"],
    ["log: {}\n---\nlog: {}", "2:1 : a second YAML document begins here; one file holds one"],
    ["? [1]\n: 2", "1:3 : a key must be text"],
    [
      "a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c]",
      "1:1 : Excessive alias count indicates a resource exhaustion attack",
    ],
  ])("%j", (text, ...problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  test("all problems come at once, in the order of the lines", () => {
    const text = "log: {level: loud}\nzzz: 1\nlisten:\n  admni: x\ntiers: []\n";
    expect(problemsOf(text)).toEqual([
      "1:14 log.level: must be one of trace, debug, info, warn, error, silent",
      `2:1 zzz: unknown key; known here: ${KEYS}`,
      "4:3 listen.admni: unknown key; did you mean admin?",
      "5:8 tiers: must have at least 1 entry",
    ]);
  });

  test("the message names the file, and no stack trace", () => {
    try {
      parseConfig("lgo: 1\nactiv: x", "sluice.yaml");
      expect.unreachable();
    } catch (error) {
      expect(described(error).split("\n")).toEqual([
        "error[config-invalid]: sluice.yaml: 2 problems",
        "  sluice.yaml:1:1: lgo: unknown key; did you mean log?",
        "  sluice.yaml:2:1: activ: unknown key; did you mean active?",
        "  hint: Correct the lines shown; docs/reference.md lists every key.",
      ]);
    }
  });
});

describe("a file that says nothing", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-test-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "sluice.yaml");

  test.each(["", "\n\n", "# tiers: []\n", "---\n", "null\n", "~"])("%j is refused: it may be half written", async (text) => {
    writeFileSync(file, text);
    await expect(loadConfig(file)).rejects.toMatchObject({ code: "config-empty", message: `${file}:1:1: says nothing` });
  });

  test.each(["{}\n", "listen:\n# admin: x\n"])("but %j, which says that, gives the defaults, as no file does", async (text) => {
    writeFileSync(file, text);
    expect(await loadConfig(file)).toEqual(await loadConfig(undefined));
  });

  test("what is no text at all is told from a mistake", async () => {
    writeFileSync(file, `tiers: [{ name: a }]\n${"\0".repeat(100)}`);
    await expect(loadConfig(file)).rejects.toMatchObject({ code: "config-unreadable", message: `${file}: holds zero bytes` });
  });

  test("a pipe is read to its end, once", async () => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const writing = writeFile(join(folder, "pipe"), "defaultTier: weak\n");
    expect((await loadConfig(join(folder, "pipe"))).defaultTier).toBe("weak");
    await writing;
  });
});

describe("what is not given", () => {
  test("comes from the defaults", () => {
    const config = parseConfig("", "test.yaml");
    expect(config).toMatchObject({
      listen: { extProc: "127.0.0.1:9002", admin: "127.0.0.1:9003" },
      tiers: [{ name: "weak" }, { name: "strong" }],
      defaultTier: "strong",
      active: "main",
      unreadable: "pass",
      limits: { maxBodyBytes: 16_777_216, bodyBudgetBytes: 268_435_456 },
      shutdown: { graceMs: 30_000 },
      log: { level: "info" },
    });
    expect(activePolicy(config)).toEqual({
      type: "threshold",
      id: "main@v7",
      ...PRESETS.v7,
      maxBytes: undefined,
      scope: "all",
      under: "weak",
      over: "strong",
    });
  });

  test("includes a key whose value is missing, because its lines are commented out", () => {
    expect(parseConfig("listen:\n# admin: x\npolicies:\nlog:\n  level:\n", "test.yaml")).toEqual(parseConfig("", "test.yaml"));
  });

  test("falls back to the first and the last of the tiers that are given", () => {
    const config = parseConfig("tiers: [{name: a}, {name: b, model: m}, {name: c}]", "test.yaml");
    expect(config.defaultTier).toBe("c");
    expect(config.tiers[1]?.model).toBe("m");
    expect(activePolicy(config)).toMatchObject({ id: "main@v7", under: "a", over: "c" });
  });

  test("makes the only policy the active one", () => {
    expect(activePolicy(parseConfig("policies: {strict: {type: threshold, preset: v1}}", "test.yaml")).id).toBe("strict@v1");
  });
});

describe("a policy's settings", () => {
  const policy = (settings: string) => activePolicy(parseConfig(`policies: {main: {type: threshold${settings}}}`, "test.yaml"));

  test("override the preset's one by one; an own keyword list replaces the preset's, in lower case", () => {
    expect(policy(", preset: v3, maxChars: 9")).toMatchObject({ keywords: PRESETS.v3.keywords, maxChars: 9, maxTurns: 7 });
    expect(policy(", keywords: [Straße, ÄRGER, 설계]")).toMatchObject({ keywords: ["straße", "ärger", "설계"] });
  });

  test.each([
    [", preset: v5", "main@v5"],
    [", maxChars: 500, under: weak", "main@v7"], // the preset's own values, written out
  ])("%s: the version is the preset's name", (settings, id) => {
    expect(policy(settings).id).toBe(id);
  });

  test.each([
    ", maxChars: 501",
    ", maxTurns: 6",
    ", maxBytes: 600",
    ", scope: user",
    ", countTurns: human",
    ", over: weak",
    ", keywords: [a]",
    ", keywords: []",
  ])("%s: the version is a hash that only these settings have", (settings) => {
    expect(policy(settings).id).toMatch(/^main@[0-9a-f]{8}$/);
    expect(policy(settings).id).toBe(policy(settings).id);
    expect(policy(settings).id).not.toBe(policy(", maxChars: 1").id);
  });
});

describe("reading the file", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-load-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("a file that is there is read", async () => {
    writeFileSync(join(folder, "a.yaml"), "defaultTier: weak");
    expect((await loadConfig(join(folder, "a.yaml"))).defaultTier).toBe("weak");
  });

  test("no file means the defaults", async () => {
    expect(await loadConfig(undefined)).toEqual(parseConfig("", "defaults"));
  });

  test.each([
    ["none.yaml", "config-not-found"],
    ["a.yaml/b.yaml", "config-not-found"],
    [".", "config-unreadable"],
  ])("%s is %s, exit code 2", async (name, code) => {
    const error = await loadConfig(join(folder, name)).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(SluiceError);
    expect(error).toMatchObject({ code, exitCode: 2 });
  });
});
