import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { activePolicy } from "../../src/config/config.ts";
import { loadConfig, parseConfig } from "../../src/config/load.ts";
import type { ReadModel } from "../../src/config/model-source.ts";
import type { PolicyConfig } from "../../src/config/policies/list.ts";
import { ConfigInvalid } from "../../src/config/problems.ts";
import { DIFFICULTY_WORDS } from "../../src/request/policy/difficulty-words.ts";
import { encodeModel, parseModel } from "../../src/request/policy/learned/model-file.ts";
import { modelOf } from "../request/policy/learned/model-of.ts";
import { BASICS } from "./rule-conditions.ts";

const { id: _, ...NEW_MODEL } = modelOf(["prove"]);
const MODEL_BYTES = encodeModel({ ...NEW_MODEL, weakShare: 0.7, cut: 0.42 });
const MODEL = parseModel(MODEL_BYTES);
const hasModel: ReadModel = () => ({ kind: "model", model: MODEL });
const hasLadder: ReadModel = () => ({ kind: "model", model: { ...MODEL, tiers: ["low", "mid", "top"], above: [MODEL] } });

/** `line:column path: message` of every problem. */
function problemsOf(text: string, readModel = hasModel): string[] {
  try {
    parseConfig(text, "test.yaml", readModel);
  } catch (error) {
    if (error instanceof ConfigInvalid)
      return error.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
    throw error;
  }
  return [];
}

/** The policy `p` with these settings, of a configuration with three tiers. */
function policy(settings: string, tiers = "[{name: low}, {name: mid}, {name: top}]", readModel = hasModel): PolicyConfig {
  return activePolicy(parseConfig(`tiers: ${tiers}\npolicies: {p: {${settings}}}`, "test.yaml", readModel));
}

/** Of a rule at the place of the `…`. */
const inRule = (rule: string) => `policies: {p: {type: rules, rules: [{name: r, tier: weak, ${rule}}]}}`;
const inPolicy = (settings: string) => `policies: {p: {${settings}}}`;

describe("a bad policy is refused with the place and a way out", () => {
  test.each<[text: string, ...problems: string[]]>([
    // rules
    [inPolicy("type: rules"), "1:15 policies.p.rules: missing; must be a list"],
    [inPolicy("type: rules, rules: []"), "1:36 policies.p.rules: must have at least 1 entry"],
    [
      inPolicy("type: rules, rules: [{}]"),
      "1:37 policies.p.rules[0].name: missing; must be text",
      "1:37 policies.p.rules[0].tier: missing; must be text",
    ],
    [inPolicy("type: rules, rules: [{name: r, tier: waek}]"), "1:53 policies.p.rules[0].tier: there is no tier waek; did you mean weak?"],
    [
      inPolicy("type: rules, rules: [{name: r, tier: weak}, {name: r, tier: weak}]"),
      "1:67 policies.p.rules[1].name: there is a rule r above",
    ],
    [inRule("priority: 11"), "1:69 policies.p.rules[0].priority: must be at most 10"],
    [inRule("scope: system"), "1:66 policies.p.rules[0].scope: must be one of all, user, last_user, prompt"],
    [inRule("wholeWords: 1"), "1:71 policies.p.rules[0].wholeWords: must be true or false"],
    [inRule("mach: {}"), "1:59 policies.p.rules[0].mach: unknown key; did you mean match?"],
    [inRule("match: {keyword: [a]}"), "1:67 policies.p.rules[0].match.keyword: unknown key; did you mean keywords?"],
    [inRule("match: {zzzz: 1}"), `1:67 policies.p.rules[0].match.zzzz: unknown key; known here: ${BASICS}, any`],
    [inRule("match: {any: [{any: []}]}"), `1:74 policies.p.rules[0].match.any[0].any: unknown key; known here: ${BASICS}`],
    [inRule("match: {any: []}"), "1:72 policies.p.rules[0].match.any: must have at least 1 entry"],
    [inRule("match: {keywords: []}"), "1:77 policies.p.rules[0].match.keywords: must have at least 1 entry"],
    [inRule("match: {keywords: [Hi, hi]}"), "1:82 policies.p.rules[0].match.keywords[1]: hi is listed above"],
    [inRule("match: {any: [{allKeywords: [a, a]}]}"), "1:91 policies.p.rules[0].match.any[0].allKeywords[1]: a is listed above"],
    [
      inRule("match: {regex: '(a'}"),
      "1:74 policies.p.rules[0].match.regex: is not a regular expression in RE2's syntax: missing closing ): `(a`",
    ],
    [
      inRule("match: {regex: '(?=a)b'}"),
      "1:74 policies.p.rules[0].match.regex: uses a lookahead or lookbehind, which cannot be searched in linear time: " +
        "match more of the text, or add a second condition",
    ],
    [inRule("match: {minChars: -1}"), "1:77 policies.p.rules[0].match.minChars: must be at least 0"],
    [
      inRule("match: {has: [tool]}"),
      "1:73 policies.p.rules[0].match.has[0]: must be one of stream, tools, images, files, audio, video, json, code",
    ],
    [
      inRule("match: {turn: [tool]}"),
      "1:74 policies.p.rules[0].match.turn[0]: must be one of probe, title, compaction, classifier, subagent, tool-result, user",
    ],
    [inRule("match: {minRepeats: 7}"), "1:79 policies.p.rules[0].match.minRepeats: must be at most 6"],
    [inRule("match: {minErrors: 0}"), "1:78 policies.p.rules[0].match.minErrors: must be at least 1"],
    [inRule("match: {toolLoop: 1}"), "1:77 policies.p.rules[0].match.toolLoop: must be true or false"],
    [inRule("match: {script: han}"), "1:75 policies.p.rules[0].match.script: must be a list"],
    [
      inRule("match: {format: [chat]}"),
      "1:76 policies.p.rules[0].match.format[0]: must be one of chat-completions, completions, responses, messages",
    ],
    [
      inRule("match: {headers: {x-team: a}}"),
      "1:85 policies.p.rules[0].match.headers.x-team: must be listed in the policy's `headers` too",
    ],
    [
      inRule("match: {headers: {'x team': a}}"),
      "1:77 policies.p.rules[0].match.headers.x team: must be the name of a header, such as x-team",
    ],
    [
      inPolicy("type: rules, headers: [':path'], rules: [{name: r, tier: weak}]"),
      "1:39 policies.p.headers[0]: must be the name of a header, such as x-team",
    ],
    [inPolicy("type: rules, rules: [{name: r, tier: weak}], fallback: {}"), "1:71 policies.p.fallback.tier: missing; must be text"],
    [
      inPolicy("type: rules, rules: [{name: r, tier: weak}], fallback: {tier: dear}"),
      "1:78 policies.p.fallback.tier: there is no tier dear; there are weak, strong",
    ],
    // params
    [inRule("params: {model: x}"), "1:68 policies.p.rules[0].params.model: cannot be set: a tier sets it: `model` in `tiers`"],
    [
      inRule("params: {stream: true}"),
      "1:68 policies.p.rules[0].params.stream: cannot be set: the client reads the answer in the form it asked for",
    ],
    ...["messages", "input", "prompt", "system", "instructions"].map((name): [string, string] => [
      inRule(`params: {${name}: x}`),
      `1:68 policies.p.rules[0].params.${name}: cannot be set: it is what the client asks, which a policy does not change`,
    ]),
    [inRule("params: {'': 1}"), "1:68 policies.p.rules[0].params.: must not be empty"],
    [
      inRule(`params: {${"a".repeat(65)}: 1}`),
      `1:68 policies.p.rules[0].params.${"a".repeat(65)}: has 65 bytes of UTF-8; at most 64 are possible`,
    ],
    [inRule("params: {seed: .inf}"), "1:74 policies.p.rules[0].params.seed: Infinity cannot be said in JSON"],
    [inRule("params: {a: {b: [.nan]}}"), "1:71 policies.p.rules[0].params.a: NaN cannot be said in JSON"],
    [inRule("params: {seed: 12345678901234567890}"), "1:74 policies.p.rules[0].params.seed: is too large a number to be kept exactly"],
    [inRule("params: [a]"), "1:67 policies.p.rules[0].params: must be a map of names to values"],
    // difficulty
    [inPolicy("type: difficulty, bands: []"), "1:41 policies.p.bands: must have at least 1 entry"],
    [
      inPolicy("type: difficulty, bands: [{tier: weak}, {tier: strong}]"),
      "1:42 policies.p.bands[0].below: missing; only the last band takes all the rest",
    ],
    [
      inPolicy("type: difficulty, bands: [{tier: weak, below: 0.5}]"),
      "1:62 policies.p.bands[0].below: the last band takes all the rest: leave `below` out",
    ],
    [
      inPolicy("type: difficulty, bands: [{tier: weak, below: 0.5}, {tier: weak, below: 0.5}, {tier: dear}]"),
      "1:88 policies.p.bands[1].below: must be over the 0.5 of the band before",
      "1:101 policies.p.bands[2].tier: there is no tier dear; there are weak, strong",
    ],
    [inPolicy("type: difficulty, bands: [{tier: weak, below: 1.5}]"), "1:62 policies.p.bands[0].below: must be at most 1"],
    [inPolicy("type: difficulty, words: {reasoing: [a]}"), "1:42 policies.p.words.reasoing: unknown key; did you mean reasoning?"],
    [inPolicy("type: difficulty, words: {domain: [Law, law]}"), "1:56 policies.p.words.domain[1]: law is listed above"],
    // learned
    [inPolicy("type: learned, threshold: high"), "1:42 policies.p.threshold: must be a number from 0 to 1, or auto"],
    [inPolicy("type: learned, threshold: 2"), "1:42 policies.p.threshold: must be at most 1"],
    [inPolicy("type: learned, weakShare: 0.5"), "1:42 policies.p.weakShare: counts only with `threshold: auto`"],
    [inPolicy("type: learned, threshold: 0.4, minThreshold: 0.3"), "1:61 policies.p.minThreshold: counts only with `threshold: auto`"],
    [
      inPolicy("type: learned, threshold: auto, minThreshold: 0.6, maxThreshold: 0.5"),
      "1:62 policies.p.minThreshold: must be at most maxThreshold, 0.5",
    ],
    [inPolicy("type: learned, minConfidence: 0.4"), "1:46 policies.p.minConfidence: must be at least 0.5"],
    [inPolicy("type: learned, unsure: down"), "1:39 policies.p.unsure: must be one of abstain, up"],
    [inPolicy("type: learned, over: dear"), "1:37 policies.p.over: there is no tier dear; there are weak, strong"],
    // baselines
    [inPolicy("type: fixed"), "1:15 policies.p.tier: missing; must be text"],
    [inPolicy("type: fixed, tier: waek"), "1:35 policies.p.tier: there is no tier waek; did you mean weak?"],
    [inPolicy("type: random, shares: {weak: 0}"), "1:38 policies.p.shares: at least one must be over 0"],
    [inPolicy("type: random, shares: {}"), "1:38 policies.p.shares: at least one must be over 0"],
    [inPolicy("type: random, shares: {dear: 1}"), "1:45 policies.p.shares.dear: there is no tier dear; there are weak, strong"],
    [inPolicy("type: random, shares: {weak: -1}"), "1:45 policies.p.shares.weak: must be at least 0"],
    [
      inPolicy("type: random, by: team"),
      "1:34 policies.p.by: must be request, user, session, or the word header and a name, such as `header x-team`",
    ],
    [inPolicy("type: random, seed: 1.5"), "1:36 policies.p.seed: must be a whole number"],
    [inPolicy("type: length, max: 5"), "1:30 policies.p.max: unknown key; known here: type, maxChars, scope, under, over"],
    [inPolicy("type: length, under: dear"), "1:37 policies.p.under: there is no tier dear; there are weak, strong"],
    // chain
    [inPolicy("type: chain"), "1:15 policies.p.of: missing; must be a list"],
    [inPolicy("type: chain, of: []"), "1:33 policies.p.of: must have at least 1 entry"],
    ["policies: {main: {type: chain, of: [mian]}}", "1:37 policies.main.of[0]: there is no policy mian; did you mean main?"],
    ["policies: {main: {type: chain, of: [main]}}", "1:37 policies.main.of[0]: leads back to itself: main → main"],
    [
      "active: a\npolicies:\n  a: {type: chain, of: [t, b]}\n  b: {type: chain, of: [c]}\n  c: {type: chain, of: [a]}\n  t: {type: length}",
      "5:25 policies.c.of[0]: leads back to itself: a → b → c → a",
    ],
  ])("%j", (text, ...problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  test("a chain is held to the scanner's limits with all its links together", () => {
    const params = (prefix: string) => Array.from({ length: 40 }, (_, i) => `${prefix}${i}: 1`).join(", ");
    const rules = (prefix: string) => `{type: rules, rules: [{name: r, tier: weak, params: {${params(prefix)}}}]}`;
    const words = (prefix: string) => Array.from({ length: 6000 }, (_, i) => `${prefix}${i}`).join(", ");
    expect(problemsOf(`policies:\n  a: ${rules("a")}\n  b: ${rules("b")}\n  main: {type: chain, of: [a, b]}`)).toEqual([
      "4:9 policies.main: has 80 params in all; at most 64 are possible",
    ]);
    const threshold = (prefix: string) => `{type: threshold, keywords: [${words(prefix)}]}`;
    expect(problemsOf(`policies:\n  a: ${threshold("a")}\n  b: ${threshold("b")}\n  main: {type: chain, of: [a, b]}`)).toEqual([
      "4:9 policies.main: has 12000 keywords in all; at most 10000 are possible",
    ]);
  });
});

describe("a policy's settings", () => {
  test("of rules come out as the policy takes them: words and headers in lower case, params as JSON, what is not asked left out", () => {
    const rules = policy(`type: rules, headers: [X-Team], fallback: {tier: mid}, rules: [
      {name: r, tier: top, match: {keywords: [Hi], headers: {X-TEAM: a*}, any: [{allKeywords: [Ä]}, {regex: x}]},
       params: {temperature: 0.3, stop: null, response_format: {type: json_object}}, overwrite: true},
      {name: s, tier: low, priority: 1, scope: all, wholeWords: false}]`);
    expect(rules).toEqual({
      type: "rules",
      id: expect.stringMatching(/^p@[0-9a-f]{8}$/),
      allowedHeaders: ["x-team"],
      fallback: { tier: "mid", params: [] },
      rules: [
        {
          name: "r",
          priority: 5,
          scope: "last_user",
          wholeWords: true,
          tier: "top",
          match: { anyKeyword: ["hi"], headers: { "x-team": "a*" }, any: [{ allKeywords: ["ä"] }, { regex: "x" }] },
          params: [
            { name: "temperature", json: "0.3", overwrite: true },
            { name: "stop", json: "null", overwrite: true },
            { name: "response_format", json: '{"type":"json_object"}', overwrite: true },
          ],
        },
        { name: "s", priority: 1, scope: "all", wholeWords: false, tier: "low", match: {}, params: [] },
      ],
    });
  });

  test("of difficulty: the preset's words, and a band for each tier, where none are given", () => {
    expect(policy("type: difficulty, words: {domain: [Jura]}")).toMatchObject({
      words: { ...DIFFICULTY_WORDS, domain: ["jura"] },
      bands: [
        { below: 0.2, tier: "low", params: [] },
        { below: 0.8, tier: "mid", params: [] },
        { below: undefined, tier: "top", params: [] },
      ],
    });
  });

  test("of learned: from the model, where the file does not say", () => {
    const learned = policy("type: learned, file: m.json");
    expect(learned.type === "learned" && learned.model === MODEL).toBe(true); // comparing all its weights takes seconds
    expect(learned).toMatchObject({
      file: "m.json",
      threshold: 0.42,
      weakShare: 0.7,
      minConfidence: 0.5,
      unsure: "up",
      under: "low",
      over: "top",
      highest: "top",
    });
    expect(policy("type: learned, file: m.json, threshold: 0.3, over: mid")).toMatchObject({
      threshold: 0.3,
      minConfidence: 0.6,
      over: "mid",
      highest: "top",
    });
    expect(policy("type: learned, file: m.json, threshold: auto, weakShare: 0.6")).toMatchObject({
      threshold: "auto",
      weakShare: 0.6,
      minConfidence: 0.5,
    });
  });

  test("of learned for more than two tiers: those that the model names, or those that the file says", () => {
    const laddered = (settings: string) => policy(`type: learned, file: m.json${settings}`, undefined, hasLadder);
    expect(laddered("")).toMatchObject({ tiers: ["low", "mid", "top"] });
    expect(laddered(", tiers: [low, top, mid]")).toMatchObject({ tiers: ["low", "top", "mid"] });
    expect(policy("type: learned, file: m.json")).not.toHaveProperty("tiers");
  });

  test.each([
    ["tiers: [{name: a}, {name: b}, {name: c}]", "", "policies.p.file: there is no tier low"],
    [
      "tiers: [{name: low}, {name: mid}, {name: top}]",
      ", tiers: [low, mid, tpo]",
      "policies.p.tiers[2]: there is no tier tpo; did you mean top?",
    ],
    [
      "tiers: [{name: low}, {name: mid}, {name: top}]",
      ", tiers: [low, mid, top, low]",
      "policies.p.tiers: must be 3, for the model's low, mid, top",
    ],
    ["tiers: [{name: low}, {name: mid}, {name: top}]", ", over: mid", "policies.p.over: the model is for 3 tiers: say `tiers`"],
  ])("of learned for more than two tiers: beside %s %j says what is wrong", (tiers, settings, message) => {
    const found = problemsOf(`${tiers}\npolicies: {p: {type: learned, file: m.json${settings}}}`, hasLadder);
    expect(found.join("\n")).toContain(message);
  });

  test("of learned for two tiers: names no others", () => {
    expect(problemsOf(inPolicy("type: learned, file: m.json, tiers: [weak, strong, weak]")).join()).toContain("the model is for two tiers");
  });

  test("of learned without a file: untrained, and abstains", () => {
    expect(policy("type: learned")).toMatchObject({ model: undefined, unsure: "abstain" });
    expect(policy("type: learned, unsure: up")).toMatchObject({ unsure: "up" });
  });

  test("of the baselines: shares are equal, lengths as v7's, where none are given", () => {
    expect(policy("type: random")).toMatchObject({
      shares: [
        { tier: "low", share: 1 },
        { tier: "mid", share: 1 },
        { tier: "top", share: 1 },
      ],
      seed: 0,
    });
    expect(policy("type: random, shares: {top: 3, low: 1}, seed: 7")).toMatchObject({
      shares: [
        { tier: "top", share: 3 },
        { tier: "low", share: 1 },
      ],
      seed: 7,
    });
    expect(policy("type: random, by: header X-Team")).toMatchObject({ by: { kind: "header", name: "x-team" } });
    expect(policy("type: random, by: request")).toEqual(policy("type: random"));
    expect(policy("type: length")).toMatchObject({ maxChars: 500, scope: "all", under: "low", over: "top" });
    expect(policy("type: fixed, tier: mid")).toMatchObject({ tier: "mid" });
  });
});

describe("a policy's id", () => {
  const idOf = (settings: string, readModel = hasModel) =>
    activePolicy(parseConfig(`active: p\npolicies: {${settings}}`, "test.yaml", readModel)).id;

  test.each([
    ["p: {type: fixed, tier: weak}", "p: {type: fixed, tier: strong}"],
    ["p: {type: length}", "p: {type: length, maxChars: 501}"],
    ["p: {type: random}", "p: {type: random, seed: 1}"],
    ["p: {type: difficulty}", "p: {type: difficulty, words: {domain: [a]}}"],
    ["p: {type: learned, file: m}", "p: {type: learned, file: m, over: weak}"],
    ["p: {type: rules, rules: [{name: r, tier: weak}]}", "p: {type: rules, rules: [{name: r, tier: weak, params: {n: 1}}]}"],
    ["p: {type: rules, rules: [{name: r, tier: weak}]}", "p: {type: rules, rules: [{name: r, tier: weak, match: {any: [{maxChars: 1}]}}]}"],
    ["p: {type: chain, of: [q]}, q: {type: length}", "p: {type: chain, of: [q]}, q: {type: length, maxChars: 1}"],
    [
      "p: {type: chain, of: [q]}, q: {type: chain, of: [r]}, r: {type: length}",
      "p: {type: chain, of: [q]}, q: {type: chain, of: [r]}, r: {type: random}",
    ],
    [
      "p: {type: chain, of: [q, r]}, q: {type: length}, r: {type: random}",
      "p: {type: chain, of: [r, q]}, q: {type: length}, r: {type: random}",
    ],
  ])("is another for %s than for %s", (one, other) => {
    expect(idOf(one)).toMatch(/^p@[0-9a-f]{8}$/);
    expect(idOf(one)).toBe(idOf(one));
    expect(idOf(one)).not.toBe(idOf(other));
  });

  test("covers the model of a learned policy, not where it lies", () => {
    const otherModel: ReadModel = () => ({
      kind: "model",
      model: parseModel(encodeModel({ ...NEW_MODEL, weakShare: 0.7, cut: 0.42, readBytes: 512 })),
    });
    const settings = "p: {type: learned, file: m.json, threshold: 0.5}";
    expect(idOf(settings)).toBe(idOf("p: {type: learned, file: n.json, threshold: 0.5}"));
    expect(idOf(settings, otherModel)).not.toBe(idOf(settings));
  });
});

describe("a model file", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-models-"));
  const config = join(folder, "sluice.yaml");
  beforeAll(() => {
    mkdirSync(join(folder, "models"));
    writeFileSync(join(folder, "models", "m.json"), MODEL_BYTES);
    writeFileSync(join(folder, "damaged.json"), MODEL_BYTES.subarray(0, -9));
    writeFileSync(join(folder, "other.json"), "{}\n");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const load = (file: string) => {
    writeFileSync(config, `policies:\n  main:\n    type: learned\n    file: ${file}\n`);
    return loadConfig(config);
  };

  test("is found from the configuration's folder, or by its whole path", async () => {
    expect(activePolicy(await load("models/m.json"))).toMatchObject({ model: { id: MODEL.id } });
    expect(activePolicy(await load(join(folder, "models/m.json")))).toMatchObject({ model: { id: MODEL.id } });
  });

  test.each([
    ["none.json", /^there is no file .*\/none\.json; `sluice train --data FILE --out .*\/none\.json` makes it$/],
    ["damaged.json", /^.*\/damaged\.json is damaged: its checksum is \w+, its first line says \w+; `sluice train` makes a new one$/],
    ["other.json", /^.*\/other\.json is not a model made by `sluice train`; `sluice train` makes a new one$/],
    ["models", /^.*\/models cannot be read: it is a folder$/],
  ])("%s is refused at the line that names it", async (file, message) => {
    const error = await load(file).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      exitCode: 2,
      problems: [{ path: "policies.main.file", line: 4, column: 11, message: expect.stringMatching(message) }],
    });
  });
});
