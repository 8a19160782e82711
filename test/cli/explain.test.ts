import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { explainCommand } from "../../src/cli/explain.ts";
import { encodeModel } from "../../src/request/policy/learned/model-file.ts";
import { modelOf } from "../request/policy/learned/model-of.ts";
import { catchPrinted } from "../support/printed.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-explain-"));
const printed = catchPrinted();
afterAll(() => rmSync(folder, { recursive: true }));

interface Explained {
  readonly [key: string]: unknown;
}

const CONFIG = "tiers: [{ name: weak, model: small-1 }, { name: strong }]\n";

/** What explain prints of a request, its time and the ids' hashes aside. */
async function explained(body: object | string, config: string, ...options: string[]): Promise<string[]> {
  printed.output = "";
  await run(body, config, ...options);
  return printed.output
    .replaceAll(/@[0-9a-f]{8}/g, "@HASH")
    .replace(/time {6}[\d.]+ µs\n$/, "")
    .trimEnd()
    .split("\n");
}

async function explainedJson(body: object | string, config: string, ...options: string[]): Promise<Explained> {
  printed.output = "";
  await run(body, config, "--json", ...options);
  return JSON.parse(printed.output) as Explained;
}

async function run(body: object | string, config: string, ...options: string[]): Promise<void> {
  const [request, file] = [join(folder, "request.json"), join(folder, "sluice.yaml")];
  writeFileSync(request, typeof body === "string" ? body : JSON.stringify(body));
  writeFileSync(file, config === "" ? "{}" : config);
  await explainCommand().parseAsync([request, "--config", file, ...options], { from: "user" });
}

const chat = (content: string, more: object = {}) => ({ model: "glm-5", messages: [{ role: "user", content }], ...more });

describe("a request that refers to what one server keeps", () => {
  const follow = { model: "glm-5", input: "hello", previous_response_id: "resp_1", max_output_tokens: 9 };
  const tail = ["format    responses", "text      all: 5 characters, 5 bytes, latin", "continued response resp_1"];

  test("is the policy's, which may ask for it; where it came from only answers show", async () => {
    const policy = "policies: { main: { type: rules, rules: [{ name: kept, match: { continued: true }, tier: strong }] } }";
    expect(await explained(follow, CONFIG + policy)).toEqual([
      "tier      strong",
      "policy    main@HASH",
      "reason    rule (kept)",
      "signal    rule kept matches",
      ...tail,
      "          goes where this came from, once an answer has shown where",
      "model     glm-5 asked for; dropped from the body",
      "bytes     87 in, 71 forwarded",
    ]);
  });

  test("has a tier of its own where one is configured, and no policy is asked", async () => {
    expect(await explained(follow, `${CONFIG}continued: { unknown: weak }\npolicies: { main: { type: fixed, tier: strong } }`)).toEqual([
      "tier      weak",
      "policy    none",
      "reason    continued-unknown (response)",
      ...tail,
      "model     glm-5 asked for; set to small-1",
      "bytes     87 in, 89 forwarded",
    ]);
  });
});

describe("a request is explained", () => {
  test("with tier, policy, reason, signals, places of keywords, model and bytes", async () => {
    expect(await explained(chat("결제 모듈 아키텍처 설계해줘"), "")).toEqual([
      "tier      strong",
      "policy    main@v7",
      "reason    keyword (아키텍처)",
      "signal    keyword  2 > 0  over",
      "signal    chars    15 <= 500",
      "signal    turns    1 <= 5",
      "keyword   아키텍처  in message 0, character 6 (both from 0)",
      "keyword   설계  in message 0, character 11 (both from 0)",
      "model     glm-5 asked for; dropped from the body",
      "bytes     98 in, 82 forwarded",
    ]);
  });

  test("with what it has, who asks, and the parameters that a rule sets or leaves", async () => {
    const config = `${CONFIG}policies: { main: { type: rules, rules: [
      { name: hi, tier: weak, match: { keywords: [hi, hello] }, params: { temperature: 0.3, max_tokens: 9, n: 1 } }] } }`;
    const body = chat("oh hello\n```x```", {
      max_tokens: 5,
      n: null,
      stream: true,
      tools: [{ type: "function" }],
      user: "u1",
      session_id: "s1",
    });
    expect(await explained(body, config)).toEqual([
      "tier      weak",
      "policy    main@HASH",
      "reason    rule (hi)",
      "signal    rule hi  matches",
      "keyword   hello  in message 0, character 3 (both from 0)",
      "text      last_user: 16 characters, 16 bytes, latin",
      "has       stream, tools, code",
      "user      u1",
      "session   s1",
      "param     temperature set to 0.3",
      "param     max_tokens left as it is",
      "param     n set to 1",
      "model     glm-5 asked for; set to small-1",
      expect.stringMatching(/^bytes {5}\d+ in, \d+ forwarded$/),
    ]);
  });

  test("and a tier that keeps the client's model says so where something else is set", async () => {
    const config = `tiers: [{ name: weak, keepModel: true }, { name: strong, keepModel: true }]
policies: { main: { type: rules, rules: [{ name: hi, tier: weak, match: { keywords: [hi] }, params: { n: 1 } }] } }`;
    expect(await explained(chat("hi"), config)).toContain("model     glm-5 asked for; kept as it is");
    expect(await explained(chat("no"), config)).toContain("model     glm-5 asked for; body forwarded as it came");
  });

  test("in JSON, with every fact of it", async () => {
    expect(
      await explainedJson(chat("Design it", { response_format: { type: "json_object" } }), "policies: {main: {type: fixed, tier: weak}}"),
    ).toEqual({
      tier: "weak",
      policy: expect.stringMatching(/^main@[0-9a-f]{8}$/),
      reason: "fixed",
      format: "chat-completions",
      turns: 1,
      humanTurns: 1,
      action: expect.objectContaining({ turn: "user", toolLoop: false }),
      continuedBy: [],
      texts: {
        all: { chars: 9, bytes: 9, codeFences: 0, script: "latin" },
        user: { chars: 9, bytes: 9, codeFences: 0, script: "latin" },
        last_user: { chars: 9, bytes: 9, codeFences: 0, script: "latin" },
        prompt: { chars: 9, bytes: 9, codeFences: 0, script: "latin" },
      },
      has: ["json"],
      requestedModel: "glm-5",
      signals: [],
      keywords: [],
      links: [],
      params: [],
      inputTokens: 9,
      lacking: {},
      bodyBytes: 109,
      forwardedBytes: 93,
      micros: expect.any(Number),
    });
  });

  test.each<[format: string, path: string, body: object, place: object]>([
    [
      "messages",
      "/v1/messages",
      { system: "Design things.", messages: [{ role: "user", content: "x" }], max_tokens: 1 },
      { message: -1, character: 0 },
    ],
    ["completions", "/v1/completions", { prompt: "please design", max_tokens: 5 }, { message: 0, character: 7 }],
    [
      "responses",
      "/v1/responses",
      {
        input: [
          { role: "user", content: "a" },
          { role: "user", content: "design" },
        ],
      },
      { message: 1, character: 0 },
    ],
    ["chat-completions", "/v1/chat/completions", chat("design"), { message: 0, character: 0 }],
  ])("of the format %s, by its path %s or by its shape", async (format, path, body, place) => {
    for (const options of [[], ["--path", path]]) {
      const json = await explainedJson(body, "", ...options);
      expect(json).toMatchObject({ tier: "strong", reason: "keyword", format, keywords: [{ keyword: "design", ...place }] });
    }
    const text = await explained(body, "", "--path", path);
    expect(text.filter((line) => line.startsWith("format"))).toEqual(format === "chat-completions" ? [] : [`format    ${format}`]);
  });

  test.each<[why: string, body: string, options: string[]]>([
    ["not-a-chat", JSON.stringify(chat("x")), ["--path", "/v1/embeddings"]],
    ["not-a-chat", '{"a":1}', ["--path", "/v1/embeddings"]],
    ["compressed", JSON.stringify(chat("x")), ["--header", "Content-Encoding: gzip"]],
    ["not-json-type", "GIF89a", ["--header", "content-type: image/gif"]],
  ])("%s: it passes on, and no policy is asked", async (reason, body, options) => {
    expect(await explained(body, "", ...options)).toEqual([
      "tier      strong",
      "policy    none",
      `reason    ${reason}`,
      "model     not named; body forwarded as it came",
      `bytes     ${body.length} in, ${body.length} forwarded`,
    ]);
  });
});

describe("a chain is explained link by link", () => {
  const config = `
active: main
policies:
  main: { type: chain, of: [sure, inner, never] }
  sure: { type: rules, headers: [x-team], rules: [{ name: team, tier: weak, match: { headers: { x-team: research } } }] }
  inner: { type: chain, of: [trained, byLength] }
  trained: { type: learned }
  byLength: { type: length, maxChars: 5 }
  never: { type: fixed, tier: weak }
`;

  test("those that abstain, the one that decides, and those not asked", async () => {
    expect(await explained(chat("design"), config)).toEqual([
      "tier      strong",
      "policy    main@HASH/inner@HASH/byLength@HASH",
      "reason    chars",
      "link      sure@HASH  abstains",
      "signal      rule team does not match",
      "link      inner@HASH  decides: strong, chars",
      "link        trained@HASH  abstains",
      "link        byLength@HASH  decides: strong, chars",
      "signal        chars    6 > 5  over",
      "link      never@HASH  not asked",
      "text      all: 6 characters, 6 bytes, latin",
      "model     glm-5 asked for; dropped from the body",
      "bytes     65 in, 49 forwarded",
    ]);
  });

  test("with the headers given, in any case; of a repeated one the last counts", async () => {
    const headers = ["--header", "X-Team: sales", "--header", "x-team: research"];
    expect(await explainedJson(chat("design"), config, ...headers)).toMatchObject({
      tier: "weak",
      policy: expect.stringMatching(/^main@\w+\/sure@\w+$/),
      links: [
        { outcome: "decides", tier: "weak", reason: "rule", detail: "team" },
        { outcome: "not-asked", signals: [], links: [] },
        { outcome: "not-asked" },
      ],
    });
  });

  test("all of it in JSON", async () => {
    const { links } = await explainedJson(chat("design"), config);
    expect(links).toMatchObject([
      { outcome: "abstains", signals: [{ name: "rule team", over: false }] },
      { outcome: "decides", signals: [], links: [{ outcome: "abstains" }, { outcome: "decides", signals: [{ name: "chars", value: 6 }] }] },
      { outcome: "not-asked" },
    ]);
  });
});

describe("--policy", () => {
  test("takes another policy of the configuration, a preset, or a model", async () => {
    writeFileSync(join(folder, "m.json"), encodeModel(modelOf(["prove"])));
    const config = "active: main\npolicies: { main: { type: threshold }, cheap: { type: fixed, tier: weak } }";
    expect(await explainedJson(chat("x"), config, "--policy", "cheap")).toMatchObject({
      tier: "weak",
      policy: expect.stringMatching(/^cheap@/),
    });
    expect(await explainedJson(chat("x".repeat(600)), config, "--policy", "v5")).toMatchObject({ tier: "weak", policy: "threshold@v5" });
    const learned = await explained(chat("prove"), config, "--policy", `learned:${join(folder, "m.json")}`);
    expect(learned.slice(0, 6)).toEqual([
      "tier      strong",
      "policy    learned@HASH",
      "reason    learned-over",
      expect.stringMatching(/^signal {4}confidence {2}0\.9\d* > 0\.5 {2}over$/),
      expect.stringMatching(/^signal {4}probability 0\.9\d* > 0\.5 {2}over$/),
      "text      all: 5 characters, 5 bytes, latin",
    ]);
  });

  test("random: says the chance, the same for the same request id", async () => {
    const config = "policies: { main: { type: random, shares: { weak: 3, strong: 1 } } }";
    const lines = await explained(chat("x"), config, "--header", "x-request-id: 1234");
    expect(lines).toEqual(await explained(chat("x"), config, "--header", "x-request-id: 1234"));
    expect(lines[3]).toMatch(/^chance {4}(75|25) % for this tier$/);
  });

  test.each([
    ["v8", "policy-unknown", /^there is no policy v8; did you mean v1\?$/],
    ["mian", "policy-unknown", /^there is no policy mian; did you mean main\?$/],
    ["something", "policy-unknown", /^there is no policy something$/],
    ["learned:", "policy-unknown", /^learned: the model's file is missing$/],
    ["learned:/none/m.json", "model-unusable", /^there is no file \/none\/m\.json; `sluice train/],
  ])("%s is refused as %s, exit code 2", async (name, code, message) => {
    await expect(run(chat("x"), "", "--policy", name)).rejects.toMatchObject({
      code,
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });

  test("an unknown one is told what there is", async () => {
    await expect(run(chat("x"), "policies: {a: {type: threshold}}", "--policy", "b")).rejects.toMatchObject({
      hint: "There are a, v1, v3, v5, v7, v7-hant, and learned:FILE for a model that `sluice train` wrote.",
    });
  });
});

describe("--prompt", () => {
  const prompted = async (...options: string[]) => {
    printed.output = "";
    await explainCommand().parseAsync(["--json", ...options], { from: "user" });
    return JSON.parse(printed.output) as Explained;
  };

  test.each(["chat-completions", "messages", "responses", "completions"])(
    "explains a text as one user's message, as %s",
    async (format) => {
      expect(await prompted("--prompt", 'Say "design"\n', "--format", format)).toMatchObject({
        tier: "strong",
        reason: "keyword",
        format,
        turns: 1,
        keywords: [{ keyword: "design", message: 0, character: 5 }],
      });
    },
  );

  test("is a chat completion unless told otherwise", async () => {
    expect(await prompted("--prompt", "hi")).toMatchObject({ tier: "weak", policy: "main@v7", format: "chat-completions" });
  });

  test.each([
    [["--prompt", " "], "--prompt: the text is empty"],
    [["--prompt", "x", "request.json"], "both --prompt and request.json are given"],
  ])("%j is wrong usage", async (options, message) => {
    await expect(prompted(...options)).rejects.toMatchObject({ code: "request-invalid", exitCode: 2, message });
  });
});

describe("what is no request is told as what it looks like, and never decided", () => {
  const turn = '{"role":"user","content":"x"}';

  test.each<[what: string, given: string | Buffer, message: RegExp, hint: RegExp]>([
    ["nothing", "", /empty$/, /--prompt TEXT/],
    ["blanks", " \n", /empty$/, /--prompt TEXT/],
    ["plain text", "Design a bridge.\n", /looks like plain text/, /^Use --prompt/],
    ["a sentence with a comma", "Dear all, design a bridge", /looks like plain text/, /^Use --prompt/],
    ["a line of CSV", '"Design a bridge",strong\n', /looks like CSV/, /evaluate --data/],
    ["a table with a head", "prompt,label\nhello,weak\n", /looks like CSV/, /evaluate --data/],
    ["a JSON string", '"hello"', /a JSON string/, /--prompt TEXT/],
    ["a number", "3", /JSON, but 3 is not a request/, /A request looks like/],
    ["null", "null", /JSON, but null is not/, /A request looks like/],
    ["an empty object", "{}", /JSON without messages, prompt or input \(it has no members\)/, /--prompt TEXT/],
    ["another object", '{"a":1,"b":2}', /JSON without messages, prompt or input \(a, b\)/, /A request looks like/],
    ["a list", "[1,2]", /a JSON list \(2 long\)/, /Give one request/],
    ["an empty list", "[]", /a JSON list \(0 long\)/, /Give one request/],
    ["a list of messages", `[${turn}]`, /a list of messages/, /\{"messages": \[\.\.\.\]\}/],
    ["JSON Lines", `{"messages":[${turn}]}\n{"messages":[${turn}]}\n`, /JSON Lines \(2 of them\)/, /head -n 1/],
    ["broken JSON", `{"messages":[${turn}]`, /not valid JSON: /, /^Correct it/],
    ["a byte order mark", `\ufeff{"messages":[${turn}]}`, /byte order mark/, /without a byte order mark/],
    ["a row of a data set", '{"prompt":"hello","label":"weak"}', /which interface .*\(prompt, label\)/, /--path \/v1\/completions/],
    ["an input alone", '{"input":"hello"}', /which interface/, /--path \/v1\/responses/],
    ["a wrapped request", `{"request":{"messages":[${turn}]}}`, /in its member request$/, /jq \.request/],
    ["a batch's line", `{"custom_id":"1","body":{"messages":[${turn}]}}`, /in its member body$/, /jq \.body/],
    ["messages that are a text", '{"messages":"hello"}', /no list of messages/, /A request looks like/],
    ["no messages", '{"messages":[]}', /no text is found/, /Give it some text/],
    ["an empty message", '{"messages":[{"role":"user","content":""}]}', /no text is found/, /Give it some text/],
    ["ShareGPT's messages", '{"messages":[{"from":"human","value":"x"}]}', /no text is found/, /the first one here has from, value/],
    ["messages that are texts", '{"messages":["hi"]}', /no text is found/, /the first one here has "hi"/],
    ["Latin-1", Buffer.from([0x7b, 0xe9, 0x7d]), /not UTF-8/, /--prompt TEXT/],
    ["gzip", Buffer.from([0x1f, 0x8b, 8, 0, 0]), /packed with gzip/, /gunzip/],
  ])("%s", async (_what, given, message, hint) => {
    const file = join(folder, "given");
    writeFileSync(file, given);
    const refused = { code: "request-invalid", exitCode: 2, message: expect.stringMatching(message), hint: expect.stringMatching(hint) };
    await expect(explainCommand().parseAsync([file], { from: "user" })).rejects.toMatchObject(refused);
    expect(printed.output).toBe("");
  });

  test("a picture without text is a request", async () => {
    const content = [{ type: "image_url", image_url: { url: "data:," } }];
    expect(await explainedJson({ messages: [{ role: "user", content }] }, "")).toMatchObject({ tier: "weak", has: ["images"] });
  });
});

test("a header that is none is wrong usage", async () => {
  const command = explainCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  await expect(command.parseAsync(["--header", ":path: /x"], { from: "user" })).rejects.toMatchObject({
    code: "commander.invalidArgument",
  });
});

test("a request that cannot be read is told with its file", async () => {
  await expect(explainCommand().parseAsync([join(folder, "none.json")], { from: "user" })).rejects.toMatchObject({
    code: "request-unreadable",
    exitCode: 2,
  });
});
