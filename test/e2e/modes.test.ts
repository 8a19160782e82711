// Every way an operator may set Envoy's processing modes: where sluice can choose a tier it does, everywhere else the request passes
// unchanged to the default. Envoy fails closed here, so that a reply Envoy does not expect would be a 500.
import { connect } from "node:http2";
import { beforeAll, describe, expect, it } from "vitest";
import { startEnvoy, type TestEnvoy } from "../support/envoy.ts";
import { decisions, metric } from "../support/metrics.ts";
import { connectTo, postHead } from "../support/raw-http.ts";
import { ask, askChunked, bytesOf, chat, chatOfBytes, received, routed, withoutFirstModel } from "../support/requests.ts";
import { startSluice, type TestSluice } from "../support/sluice.ts";
import { type Echo, type StandIns, startStandIns } from "../support/stand-ins.ts";
import { waitFor } from "../support/wait-for.ts";

const MAX_BODY_BYTES = 4 << 20;
const BUDGET_BYTES = 16 << 20;
const SMALL = chat("hello", { model: "glm-5" });
const MEDIUM = chatOfBytes(300_000);
const LARGE = chatOfBytes(3 << 20);
const TOO_LARGE = chatOfBytes(MAX_BODY_BYTES + 1);

let sluice: TestSluice;
let standIns: StandIns;

beforeAll(async () => {
  const config = `limits: { maxBodyBytes: ${MAX_BODY_BYTES}, bodyBudgetBytes: ${BUDGET_BYTES} }`;
  [sluice, standIns] = await Promise.all([startSluice({ config }), startStandIns()]);
});

type Modes = Readonly<Record<string, string>>;

const DEFAULT_MODES: Modes = {
  request_header_mode: "SEND",
  request_body_mode: "BUFFERED",
  response_header_mode: "SKIP",
  response_body_mode: "NONE",
  request_trailer_mode: "SKIP",
  response_trailer_mode: "SKIP",
};

interface Variant {
  readonly modes?: Modes;
  readonly filter?: string; // more fields of the ext_proc filter
  readonly failOpen?: true;
  readonly withoutRetries?: true;
}

function start({ modes = {}, filter = "", failOpen, withoutRetries }: Variant): Promise<TestEnvoy> {
  const edit = (yaml: string) => {
    let edited = yaml.replace("failure_mode_allow: true", `failure_mode_allow: ${failOpen === true}\n              ${filter}`);
    if (withoutRetries) edited = edited.replace(/retry_on: connect-failure,refused-stream,reset,retriable-status-codes/, 'retry_on: ""');
    for (const [mode, value] of Object.entries(modes)) edited = edited.replace(`${mode}: ${DEFAULT_MODES[mode]}`, `${mode}: ${value}`);
    return edited;
  };
  return startEnvoy({ sluice: sluice.extProc, weak: standIns.weak.address, strong: standIns.strong.address, edit });
}

const PROBLEMS =
  "streams_failed|failure_mode_allowed|message_timeouts|spurious_msgs_received|rejected_header_mutations|clear_route_cache_ignored";

/** Of Envoy's counters, those that say that a reply was not what it should be. */
async function problems(envoy: TestEnvoy): Promise<Record<string, number>> {
  const stats = await envoy.stats(`^http\\.llm\\.(downstream_rq_5xx|ext_proc\\.(${PROBLEMS}))$`);
  expect(stats.size).toBe(7);
  return Object.fromEntries([...stats].filter(([, count]) => count > 0));
}

const STREAMING = chat("hello", { model: "glm-5", stream: true });

async function streamed(envoy: TestEnvoy): Promise<string> {
  const response = await fetch(`${envoy.url}/v1/chat/completions`, { method: "POST", body: STREAMING });
  return response.text();
}

/** Modes that give sluice the whole body before the route is chosen. */
const ROUTABLE: readonly (readonly [name: string, modes: Modes])[] = [
  ["bodies BUFFERED, request trailers sent", { request_trailer_mode: "SEND" }],
  ["bodies FULL_DUPLEX_STREAMED", { request_body_mode: "FULL_DUPLEX_STREAMED", request_trailer_mode: "SEND" }],
  ["response headers sent", { response_header_mode: "SEND" }],
  ["response headers and bodies BUFFERED", { response_header_mode: "SEND", response_body_mode: "BUFFERED" }],
  ["response headers and bodies STREAMED", { response_header_mode: "SEND", response_body_mode: "STREAMED" }],
  ["response bodies BUFFERED_PARTIAL", { response_header_mode: "SEND", response_body_mode: "BUFFERED_PARTIAL" }],
  [
    "response FULL_DUPLEX_STREAMED with trailers",
    { response_header_mode: "SEND", response_body_mode: "FULL_DUPLEX_STREAMED", response_trailer_mode: "SEND" },
  ],
  [
    "everything FULL_DUPLEX_STREAMED",
    {
      request_body_mode: "FULL_DUPLEX_STREAMED",
      request_trailer_mode: "SEND",
      response_header_mode: "SEND",
      response_body_mode: "FULL_DUPLEX_STREAMED",
      response_trailer_mode: "SEND",
    },
  ],
];

describe.each(ROUTABLE)("with %s", (_name, modes) => {
  let envoy: TestEnvoy;

  beforeAll(async () => {
    envoy = await start({ modes });
  });

  it.each([
    ["with content-length", ask],
    ["in chunks", askChunked],
  ])("a small body %s is routed and loses its model", async (_how, send) => {
    const answer = await send(envoy.url, SMALL);
    expect(routed(answer)).toEqual({ tier: "weak", servedBy: "weak", reason: "under-thresholds" });
    expect(received(answer)).toEqual(bytesOf(withoutFirstModel(SMALL)));
  });

  it.each([
    ["with content-length", ask],
    ["in chunks", askChunked],
  ])("a body of 3 MB %s arrives byte for byte without its model", async (_how, send) => {
    const answer = await send(envoy.url, LARGE);
    expect(routed(answer)).toEqual({ tier: "strong", servedBy: "strong", reason: "chars" });
    expect(received(answer)).toEqual(bytesOf(withoutFirstModel(LARGE)));
  });

  it.each([
    ["a body that is no JSON", "hello", "not-json"],
    ["a GET", undefined, "no-body"],
    ["a body over the cap", TOO_LARGE, "body-too-large"],
  ])("%s passes unchanged", async (_what, body, reason) => {
    const answer = await ask(envoy.url, body, { "x-sluice-tier": "weak" });
    expect(routed(answer)).toEqual({ tier: "strong", servedBy: "strong", reason });
    expect(received(answer)).toEqual(bytesOf(body ?? ""));
  });

  it("a body over the cap in chunks passes unchanged", async () => {
    const answer = await askChunked(envoy.url, TOO_LARGE);
    expect(routed(answer)).toEqual({ tier: "strong", servedBy: "strong", reason: "body-too-large" });
    expect(received(answer)).toEqual(bytesOf(TOO_LARGE));
  });

  it("a retried body arrives whole", async () => {
    const answer = await ask(envoy.url, SMALL, { "x-stand-in-script": "503,200" });
    expect(answer).toMatchObject({ tier: "weak", attempts: 2 });
    expect(received(answer)).toEqual(bytesOf(withoutFirstModel(SMALL)));
  });

  it("a streamed answer arrives whole", async () => {
    expect(await streamed(envoy)).toMatch(/"content":"This "[\s\S]*data: \[DONE\]\n\n$/);
  });

  it("hundreds of requests and their answers arrive once and whole", async () => {
    const bodies = [withoutFirstModel(SMALL), "not JSON", undefined, withoutFirstModel(MEDIUM)];
    const worker = async () => {
      for (let at = 0; at < 40; at++) {
        const body = bodies[at % bodies.length];
        const compressed = at % 8 < 4 ? {} : { "content-encoding": "gzip" };
        const answers = [await ask(envoy.url, body)];
        if (body !== undefined) answers.push(await askChunked(envoy.url, body, compressed));
        for (const answer of answers) expect(received(answer)).toEqual(bytesOf(body ?? ""));
        for (const answer of answers) expect(answer.servedBy).toBe(answer.tier);
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
  });

  it("Envoy found nothing wrong with any reply, and sluice holds nothing afterwards", async () => {
    expect(await problems(envoy)).toEqual({});
    await waitFor("no stream in flight", async () => (await metric(sluice.adminUrl, "sluice_streams_in_flight")) === 0);
    expect(await metric(sluice.adminUrl, "sluice_body_bytes_in_flight")).toBe(0);
  });
});

/** Modes in which the body comes too late, or not at all, or its reply cannot set a header. */
const UNROUTABLE: readonly (readonly [name: string, modes: Modes, reason: string, header: string | undefined])[] = [
  ["bodies NONE", { request_body_mode: "NONE" }, "body-not-sent", "body-not-sent"],
  ["bodies STREAMED", { request_body_mode: "STREAMED" }, "body-streamed", "body-streamed"],
  ["bodies STREAMED and trailers", { request_body_mode: "STREAMED", request_trailer_mode: "SEND" }, "body-streamed", "body-streamed"],
  ["headers SKIP, bodies BUFFERED", { request_header_mode: "SKIP" }, "headers-not-sent", undefined],
  ["headers SKIP, bodies STREAMED", { request_header_mode: "SKIP", request_body_mode: "STREAMED" }, "headers-not-sent", undefined],
  [
    "bodies NONE, everything of the response",
    { request_body_mode: "NONE", response_header_mode: "SEND", response_body_mode: "STREAMED", response_trailer_mode: "SEND" },
    "body-not-sent",
    "body-not-sent",
  ],
];

describe.each(UNROUTABLE)("with %s", (_name, modes, reason, header) => {
  let envoy: TestEnvoy;

  beforeAll(async () => {
    envoy = await start({ modes });
  });

  it.each([
    ["a small body", SMALL],
    ["a body of 3 MB", LARGE],
  ])("%s passes unchanged, and the reason is counted", async (_what, body) => {
    const before = await decisions(sluice.adminUrl, reason);
    for (const send of [ask, askChunked]) {
      const answer = await send(envoy.url, body, { "x-sluice-tier": "weak" });
      expect(routed(answer)).toEqual({ tier: header === undefined ? null : "strong", servedBy: "strong", reason: header });
      expect(received(answer)).toEqual(bytesOf(body));
    }
    expect(await decisions(sluice.adminUrl, reason)).toBe(before + 2);
  });

  it("hundreds of bodies, compressed ones among them, arrive once and whole", async () => {
    const bodies = [SMALL, MEDIUM];
    const worker = async () => {
      for (let at = 0; at < 40; at++) {
        const body = bodies[at % 2] ?? "";
        const answer = await askChunked(envoy.url, body, at % 4 < 2 ? {} : { "content-encoding": "gzip" });
        expect(received(answer)).toEqual(bytesOf(body));
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
  });

  it("a GET and a streamed answer are served, and Envoy found nothing wrong with any reply", async () => {
    expect(await ask(envoy.url, undefined)).toMatchObject({ servedBy: "strong" });
    expect(await streamed(envoy)).toMatch(/data: \[DONE\]\n\n$/);
    expect(await problems(envoy)).toEqual({});
    await waitFor("no stream in flight", async () => (await metric(sluice.adminUrl, "sluice_streams_in_flight")) === 0);
  });
});

/**
 * Envoy (seen on 1.37 and 1.40) sends a body twice when it passes ext_proc in pieces, its client sends trailers, and the route has retries,
 * whatever the processor answers: where bodies come in pieces there are no retries here.
 */
const WITH_TRAILERS: readonly (readonly [name: string, variant: Variant, reason: string])[] = [
  ["bodies BUFFERED", {}, "routed"],
  ["bodies BUFFERED, trailers sent", { modes: { request_trailer_mode: "SEND" } }, "routed"],
  [
    "bodies FULL_DUPLEX_STREAMED",
    { modes: { request_body_mode: "FULL_DUPLEX_STREAMED", request_trailer_mode: "SEND" }, withoutRetries: true },
    "routed",
  ],
  // Envoy marks a whole body in front of trailers like a cut one.
  ["bodies BUFFERED_PARTIAL", { modes: { request_body_mode: "BUFFERED_PARTIAL" }, withoutRetries: true }, "body-partial"],
  ["bodies STREAMED", { modes: { request_body_mode: "STREAMED", request_trailer_mode: "SEND" }, withoutRetries: true }, "body-streamed"],
  [
    "headers SKIP, bodies STREAMED",
    { modes: { request_header_mode: "SKIP", request_body_mode: "STREAMED" }, withoutRetries: true },
    "headers-not-sent",
  ],
  ["bodies NONE, trailers sent", { modes: { request_body_mode: "NONE", request_trailer_mode: "SEND" } }, "body-not-sent"],
];

describe.each(WITH_TRAILERS)("with %s and trailers behind the body", (_name, variant, reason) => {
  it("small and large bodies arrive once and whole", async () => {
    const envoy = await start(variant);
    for (const body of [SMALL, LARGE]) {
      const arrives = reason === "routed" ? withoutFirstModel(body) : body;
      const echo = await askWithTrailers(envoy.url, body);
      expect({ bytes: echo.bytes, sha256: echo.sha256 }).toEqual(bytesOf(arrives));
    }
    if (reason !== "routed") expect(await decisions(sluice.adminUrl, reason)).toBeGreaterThanOrEqual(2);
    expect(await problems(envoy)).toEqual({});
  });
});

describe("with FULL_DUPLEX_STREAMED bodies and a budget that runs out", () => {
  it("in the middle of a body: it is sent back as it came", async () => {
    const envoy = await start({ modes: { request_body_mode: "FULL_DUPLEX_STREAMED", request_trailer_mode: "SEND" } });
    const held = () => metric(sluice.adminUrl, "sluice_body_bytes_in_flight");
    const others = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const socket = await connectTo(envoy.url);
        socket.write(`${postHead(["content-length: 3800000"])}{`);
        return socket;
      }),
    );
    await waitFor("the others are counted", async () => (await held()) === 4 * 3_800_000);
    const answer = await askChunked(envoy.url, LARGE);
    expect(routed(answer)).toEqual({ tier: "strong", servedBy: "strong", reason: "over-budget" });
    expect(received(answer)).toEqual(bytesOf(LARGE));
    for (const socket of others) socket.destroy();
    await waitFor("the budget is free", async () => (await held()) === 0);
    expect(received(await askChunked(envoy.url, LARGE))).toEqual(bytesOf(withoutFirstModel(LARGE)));
    expect(await problems(envoy)).toEqual({});
  });
});

describe("with bodies BUFFERED_PARTIAL", () => {
  // Envoy chooses the route of some chunked bodies before it has the reply to them: the default tier then serves what was decided for
  // another.
  it.each([
    ["with content-length", ask, ["weak"]],
    ["in chunks", askChunked, ["weak", "strong"]],
  ] as const)("whole bodies sent %s are decided and arrive once, without their model", async (_how, send, servers) => {
    const envoy = await start({ modes: { request_body_mode: "BUFFERED_PARTIAL" } });
    for (let at = 0; at < 100; at++) {
      const answer = await send(envoy.url, SMALL);
      expect(received(answer)).toEqual(bytesOf(withoutFirstModel(SMALL)));
      expect(answer.tier).toBe("weak");
      expect(servers).toContain(answer.servedBy);
      const compressed = await send(envoy.url, MEDIUM, { "content-encoding": "gzip" });
      expect(received(compressed)).toEqual(bytesOf(MEDIUM));
    }
    expect(await problems(envoy)).toEqual({});
  });
});

describe("with observability_mode", () => {
  const MODES: Modes = { request_body_mode: "STREAMED", response_header_mode: "SEND", response_body_mode: "STREAMED" };

  it("sluice decides and counts, says nothing, and requests and answers pass as they are", async () => {
    const envoy = await start({ modes: MODES, filter: "observability_mode: true", failOpen: true });
    for (const [body, reason] of [
      [SMALL, "under-thresholds"],
      [LARGE, "chars"],
    ] as const) {
      const before = await decisions(sluice.adminUrl, reason);
      const answer = await ask(envoy.url, body);
      expect(routed(answer)).toEqual({ tier: null, servedBy: "strong", reason: undefined });
      expect(received(answer)).toEqual(bytesOf(body));
      await waitFor("it is counted", async () => (await decisions(sluice.adminUrl, reason)) === before + 1);
    }
    expect(await streamed(envoy)).toMatch(/data: \[DONE\]\n\n$/);
    await waitFor("no stream in flight", async () => (await metric(sluice.adminUrl, "sluice_streams_in_flight")) === 0);
    expect(await metric(sluice.adminUrl, "sluice_body_bytes_in_flight")).toBe(0);
    expect(await problems(envoy)).toEqual({});
  });
});

function askWithTrailers(url: string, body: string): Promise<Echo> {
  return new Promise((resolve, reject) => {
    const session = connect(url).once("error", reject);
    const request = session.request(
      { ":method": "POST", ":path": "/v1/chat/completions", "content-type": "application/json", "x-stand-in-echo": "1" },
      { waitForTrailers: true },
    );
    let text = "";
    request.once("error", reject);
    request.once("wantTrailers", () => request.sendTrailers({ "x-checksum": "1234" }));
    request.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    request.once("end", () => {
      session.close();
      resolve(JSON.parse(text) as Echo);
    });
    request.end(body);
  });
}
