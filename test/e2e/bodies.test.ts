// What happens to the bytes of a request: exact but for `model`, untouched when they cannot be routed, and no request lost for its body.
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { ENVOY_VERSION } from "../../src/setup/stack/envoy-releases.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { decisions, metric } from "../support/metrics.ts";
import { postHead, sendRaw } from "../support/raw-http.ts";
import {
  type Answer,
  ask,
  askChunked,
  type Body,
  bytesOf,
  chat,
  chatOfBytes,
  type Headers,
  received,
  routed,
  withoutFirstModel,
} from "../support/requests.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { waitFor } from "../support/wait-for.ts";

const FORGED = { "x-sluice-tier": "weak", "X-Sluice-Policy": "mine@1", "x-sluice-reason": "because", "x-sluice-anything": "1" };
const MAX_BODY_BYTES = 16 << 20; // the default of limits.maxBodyBytes

const SIZES: readonly (readonly [name: string, bytes: number])[] = [
  ["1 KB", 1 << 10],
  ["256 KB", 256 << 10],
  ["5 MB", 5 << 20],
  ["15 MB", 15 << 20],
];

const CLIENTS: readonly (readonly [name: string, ask: (url: string, body: string) => Promise<Answer>])[] = [
  ["with content-length", ask],
  ["in chunks", askChunked],
];

/** Bodies sluice does not read, or reads and cannot route. */
const UNROUTED: readonly (readonly [name: string, reason: string, body: Body, headers: Headers])[] = [
  ["a GET", "no-body", undefined, {}],
  ["a POST of no bytes", "no-body", "", {}],
  ["text", "not-json", "design me a bridge", { "content-type": "text/plain" }],
  ["JSON cut off in the middle", "not-json", chat("refactor this", { model: "glm-5" }).slice(0, -2), {}],
  ["JSON with a trailing comma", "not-json", '{"messages":[],}', {}],
  ["two JSON values", "not-json", "{}{}", {}],
  [
    "a lone byte of UTF-8",
    "not-utf8",
    Buffer.concat([Buffer.from('{"messages":[{"content":"'), Buffer.from([0xc3]), Buffer.from('"}]}')]),
    {},
  ],
  ["Latin-1", "not-utf8", Buffer.from(chat("café design"), "latin1"), {}],
  ["an array of 100,000 levels", "too-deep", "[".repeat(100_000) + "]".repeat(100_000), {}],
  ["a chat of 100,000 levels", "too-deep", chat("x").replace('"x"', "[".repeat(100_000) + "]".repeat(100_000)), {}],
  ["a list of messages", "not-a-chat", '[{"role":"user","content":"design it"}]', {}],
  ["a JSON array", "not-a-chat", '[{"role":"user","content":"design it"}]', {}],
  ["a JSON number", "not-a-chat", "12", {}],
  ["gzip", "compressed", gzipSync(chat("refactor this", { model: "glm-5" })), { "content-encoding": "gzip" }],
  [
    "a form",
    "not-json-type",
    '--d\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx\r\n--d--',
    { "content-type": "multipart/form-data; boundary=d" },
  ],
  ["an audio file", "not-json-type", Buffer.from([1, 2, 3]), { "content-type": "audio/mpeg" }],
];

describe.each([ENVOY_VERSION, OLDEST_ENVOY])("on Envoy %s", (version) => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack({ envoy: { version } });
  });

  describe.each(SIZES)("a body of %s", (_size, bytes) => {
    it.each(CLIENTS)("sent %s arrives byte for byte, without its model", async (_name, send) => {
      const body = chatOfBytes(bytes);
      const answer = await send(stack.url, body);
      expect(body.length).toBe(bytes);
      expect(received(answer)).toEqual(bytesOf(withoutFirstModel(body)));
      expect(routed(answer)).toEqual({ tier: "strong", servedBy: "strong", reason: "chars" });
    });

    it.each(CLIENTS)("sent %s without a model arrives byte for byte", async (_name, send) => {
      const body = withoutFirstModel(chatOfBytes(bytes));
      expect(received(await send(stack.url, body))).toEqual(bytesOf(body));
    });
  });

  it.each([
    ["Korean in single letters", "아키텍처".normalize("NFD"), "아키텍처"],
    ["full-width letters", "ｄｅｓｉｇｎ", "design"],
    ["letters parted by what is not seen", "重\u200b构", "重构"],
  ])("a keyword in %s goes to strong, and its body arrives byte for byte", async (_name, written, keyword) => {
    const body = chat(`hi ${written}`, { model: "glm-5" });
    const answer = await ask(stack.url, body);
    expect(routed(answer)).toEqual({ tier: "strong", servedBy: "strong", reason: `keyword:${encodeURIComponent(keyword)}` });
    expect(received(answer)).toEqual(bytesOf(withoutFirstModel(body)));
  });

  it.each(UNROUTED)("%s passes untouched to the default tier: %s", async (_name, reason, body, headers) => {
    const before = await decisions(stack.sluice.adminUrl, reason);
    const answer = await ask(stack.url, body, headers);
    expect(routed(answer)).toEqual({ tier: "strong", servedBy: "strong", reason });
    expect(answer.echo.headers["x-sluice-policy"]).toBe("none");
    expect(received(answer)).toEqual(bytesOf(body ?? ""));
    for (const [name, value] of Object.entries(headers)) expect(answer.echo.headers[name]).toBe(value);
    expect(await decisions(stack.sluice.adminUrl, reason)).toBe(before + 1);
  });

  it.each(UNROUTED.filter(([, reason]) => reason.startsWith("not-") || reason === "too-deep"))(
    "%s in chunks does so too: %s",
    async (_name, reason, body, headers) => {
      const answer = await askChunked(stack.url, body ?? "", headers);
      expect(routed(answer)).toEqual({ tier: "strong", servedBy: "strong", reason });
      expect(received(answer)).toEqual(bytesOf(body ?? ""));
    },
  );

  it("a chunked body of no chunks passes on as empty", async () => {
    const before = await decisions(stack.sluice.adminUrl, "empty-body");
    const head = postHead(["transfer-encoding: chunked", "x-stand-in-echo: 1", "connection: close"]);
    const response = await sendRaw(stack.url, `${head}0\r\n\r\n`);
    expect(response).toMatch(/^HTTP\/1\.1 200 /);
    expect(response).toContain('"bytes":0');
    expect(response).toContain('"x-sluice-reason":"empty-body"');
    expect(await decisions(stack.sluice.adminUrl, "empty-body")).toBe(before + 1);
  });

  it("a chunk of no valid length is Envoy's to refuse, and leaves nothing behind in sluice", async () => {
    const head = postHead(["transfer-encoding: chunked", "connection: close"]);
    expect(await sendRaw(stack.url, `${head}5\r\n{"mes\r\nZZ\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    await waitFor("no stream in flight", async () => (await metric(stack.sluice.adminUrl, "sluice_streams_in_flight")) === 0);
    expect(await metric(stack.sluice.adminUrl, "sluice_body_bytes_in_flight")).toBe(0);
  });

  it.each([
    ["with content-length", ask],
    ["in chunks", askChunked],
  ] as const)("a body one byte over limits.maxBodyBytes sent %s passes untouched", async (_name, send) => {
    const body = chatOfBytes(MAX_BODY_BYTES + 1);
    const answer = await send(stack.url, body);
    expect(routed(answer)).toEqual({ tier: "strong", servedBy: "strong", reason: "body-too-large" });
    expect(received(answer)).toEqual(bytesOf(body));
  });

  it("a body of exactly limits.maxBodyBytes is routed", async () => {
    const body = chatOfBytes(MAX_BODY_BYTES);
    expect(received(await ask(stack.url, body))).toEqual(bytesOf(withoutFirstModel(body)));
  });

  it.each([
    ["a routed chat", chat("hello"), { tier: "weak", policy: "main@v7", reason: "under-thresholds" }],
    ["an unreadable body", "{", { tier: "strong", policy: "none", reason: "not-json" }],
    ["a GET", undefined, { tier: "strong", policy: "none", reason: "no-body" }],
  ])("forged x-sluice-* headers of %s are replaced or removed", async (_name, body, { tier, policy, reason }) => {
    const { echo } = await ask(stack.url, body, FORGED);
    expect(sluiceHeaders(echo.headers)).toEqual({ "x-sluice-tier": tier, "x-sluice-policy": policy, "x-sluice-reason": reason });
  });

  it("nothing of all this failed a request", async () => {
    const stats = await stack.envoyStats(
      "^http\\.llm\\.(downstream_rq_5xx|ext_proc\\.(streams_failed|failure_mode_allowed|message_timeouts|spurious_msgs_received|rejected_header_mutations|clear_route_cache_ignored))$",
    );
    expect(Object.fromEntries([...stats].filter(([, count]) => count > 0))).toEqual({});
    expect(stats.size).toBe(7);
  });
});

function sluiceHeaders(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-sluice-")));
}
