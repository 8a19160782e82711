// What answers cost: CPU µs of the server per server-sent event and per answer, in both ways that Envoy can show it answers for exact
// usage, and where a cascade judges them and sends each event on. Streams of answers are driven as Envoy drives them over loopback, an
// event of each every few milliseconds.
import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { BinaryWriter } from "google-protobuf";
import { ATTEMPTS_METADATA } from "../src/envoy/grpc/transport.ts";
import { EXT_PROC_METHOD } from "../src/envoy/wire/methods.ts";
import {
  answerHeadersMessage,
  bodyMessage,
  FULL_DUPLEX_STREAMED,
  frame,
  headersMessage,
  type RunningServer,
  STREAMED,
  startServer,
} from "./driven-server.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const ANSWERS_AT_A_TIME = 64;
const EVENT_EVERY_MS = 5;
const SHORT = 10; // events of an answer
const LONG = 210;
const REQUEST_ID = "5a3c1b9e-4a55-4bb6-8f5d-2d3a6e1f0c77";

interface Way {
  readonly name: string;
  readonly opening: readonly Buffer[]; // the messages of an answer's call in front of its events
  readonly attempts?: string; // of a filter that is asked for each
}

const judged = (attempt: number): readonly Buffer[] => [
  frame(headersMessage(1024, REQUEST_ID, { responseBodyMode: FULL_DUPLEX_STREAMED, attempt })),
  frame(bodyMessage(1024)),
  frame(answerHeadersMessage()),
];

const WAYS: readonly Way[] = [
  { name: "a filter that observes answers", opening: [frame(headersMessage(1024, REQUEST_ID, { observabilityMode: true }))] },
  {
    name: "answers STREAMED on the main filter",
    opening: [frame(headersMessage(1024, REQUEST_ID, { responseBodyMode: STREAMED })), frame(bodyMessage(1024))],
  },
  { name: "a cascade: judged by 8 events, then sent on", opening: judged(1), attempts: "weak,strong" },
  { name: "a cascade: the last tier's, sent on", opening: judged(2), attempts: "weak,strong" },
];

const CASCADE = "cascade: { steps: [weak, strong], hold: { tokens: 8 } }";

export async function benchUsage(rounds = 5): Promise<void> {
  const server = await startServer({ config: CASCADE });
  const session = connect(`http://${server.extProc}`, { settings: { initialWindowSize: 1 << 20 } });
  const cells = WAYS.map((way) => ({ way, perEvent: [] as number[], perAnswer: [] as number[] }));
  try {
    for (let round = -1; round < rounds; round++) {
      for (const { way, perEvent, perAnswer } of cells) {
        const short = await measure(server, session, way, SHORT);
        const long = await measure(server, session, way, LONG);
        if (round < 0) continue; // warms up
        const event = (long - short) / (LONG - SHORT);
        perEvent.push(event);
        perAnswer.push(short - SHORT * event);
      }
    }
  } finally {
    session.destroy();
    server.stop();
  }
  console.log(`\nAnswers, CPU µs of the server (${rounds} rounds, ${ANSWERS_AT_A_TIME} answers at a time): median [min–max]`);
  printTable(
    ["way", "per event", "per answer beside"],
    cells.map(({ way, perEvent, perAnswer }) => [way.name, shown(spreadOf(perEvent)), shown(spreadOf(perAnswer))]),
  );
}

/** Server CPU in µs per answer of so many events. */
async function measure(server: RunningServer, session: ClientHttp2Session, way: Way, events: number): Promise<number> {
  const answersEach = Math.ceil(LONG / events / 4);
  const before = await server.cpuSeconds();
  const worker = async () => {
    for (let answer = 0; answer < answersEach; answer++) await follow(session, way, events);
  };
  await Promise.all(Array.from({ length: ANSWERS_AT_A_TIME }, worker));
  return (((await server.cpuSeconds()) - before) / (answersEach * ANSWERS_AT_A_TIME)) * 1e6;
}

async function follow(session: ClientHttp2Session, { opening, attempts }: Way, events: number): Promise<void> {
  const metadata = attempts === undefined ? {} : { [ATTEMPTS_METADATA]: attempts };
  const grpc = { ":method": "POST", ":path": EXT_PROC_METHOD, "content-type": "application/grpc", te: "trailers" };
  const stream = session.request({ ...grpc, ...metadata });
  const over = new Promise<void>((resolve, reject) => {
    // Where nothing was said before, the status comes as the response.
    const ended = (headers: IncomingHttpHeaders) => {
      if (headers["grpc-status"] === undefined) return;
      stream.close(constants.NGHTTP2_CANCEL);
      if (headers["grpc-status"] === "0") resolve();
      else reject(new Error(`grpc-status ${headers["grpc-status"]}`));
    };
    stream.on("response", ended).on("trailers", ended).on("error", reject).resume();
  });
  for (const message of opening) {
    stream.write(message);
    await sleep(EVENT_EVERY_MS);
  }
  for (let event = 0; event < events; event++) {
    stream.write(EVENT);
    await sleep(EVENT_EVERY_MS);
  }
  stream.write(LAST_EVENT);
  stream.write(END);
  await over;
}

const CHUNK = { id: "chatcmpl-8f5d2d3a6e1f0c77", object: "chat.completion.chunk", created: 1_790_000_000, model: "glm-5" };
const USAGE = { prompt_tokens: 812, completion_tokens: 210, total_tokens: 1022 };
const EVENT = responseBody(
  sse({ ...CHUNK, choices: [{ index: 0, delta: { content: " token" }, logprobs: null, finish_reason: null }] }),
  false,
);
const LAST_EVENT = responseBody(`${sse({ ...CHUNK, choices: [], usage: USAGE })}data: [DONE]\n\n`, false);
const END = responseBody("", true);

function sse(event: object): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}

/** ProcessingRequest.response_body, framed. */
function responseBody(text: string, endOfStream: boolean): Buffer {
  const writer = new BinaryWriter();
  writer.writeMessage(5, text, (body, message) => {
    message.writeBytes(1, Buffer.from(body));
    message.writeBool(2, endOfStream);
  });
  return frame(writer.getResultBuffer());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchUsage();
