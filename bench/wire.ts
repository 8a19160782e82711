// What encoding and decoding cost: CPU microseconds per message, the median of several rounds. Run: node bench/wire.ts
import protobuf from "google-protobuf";
import { decodeProcessingRequest } from "../src/envoy/wire/processing-request.ts";
import { encodeBodyReply, encodeStreamedBodyReply } from "../src/envoy/wire/processing-response.ts";
import { FieldReader } from "../src/envoy/wire/protobuf.ts";

const ROUNDS = 7;
const ROUND_CPU_US = 150_000;

const TIER_HEADERS = [
  ["x-sluice-tier", "strong"],
  ["x-sluice-policy", "main@v7"],
  ["x-sluice-reason", "keyword"],
] as const;

/** CPU time of this process, so that a busy neighbour does not count. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function microsecondsPerCall(work: () => unknown): number {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    let calls = 0;
    const start = cpuUs();
    let spent = 0;
    while (spent < ROUND_CPU_US) {
      for (let i = 0; i < 200; i++) work();
      calls += 200;
      spent = cpuUs() - start;
    }
    rounds.push(spent / calls);
  }
  return rounds.sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
}

/** A ProcessingRequest.request_body of so many bytes: a streamed body reply read as a request, as the fields nest alike. */
function bodyMessage(bytes: number): Uint8Array {
  const length = [(bytes & 127) | 128, ((bytes >> 7) & 127) | 128, bytes >> 14];
  const inner = Buffer.concat([Buffer.from([0x0a, ...length]), Buffer.alloc(bytes, "a"), Buffer.from([0x10, 1])]);
  const outer = [(inner.length & 127) | 128, ((inner.length >> 7) & 127) | 128, inner.length >> 14];
  return Buffer.concat([Buffer.from([0x22, ...outer]), inner]);
}

/** The same body reply by google-protobuf's writer: the library way, for comparison. */
function libraryBodyReply(body: Uint8Array): Uint8Array {
  const writer = new protobuf.BinaryWriter();
  writer.writeMessage(3, body, (_, message) => {
    message.writeMessage(1, body, (__, common) => {
      common.writeMessage(2, TIER_HEADERS, writeHeaders);
      common.writeMessage(3, body, (bytes, mutation) => mutation.writeBytes(1, bytes));
      common.writeBool(5, true);
    });
  });
  return writer.getResultBuffer();
}

function writeHeaders(headers: typeof TIER_HEADERS, mutation: protobuf.BinaryWriter): void {
  for (const header of headers) {
    mutation.writeMessage(1, header, (_, option) => {
      option.writeMessage(1, header, ([name, value], pair) => {
        pair.writeString(1, name);
        pair.writeString(3, value);
      });
      option.writeEnum(3, 2);
    });
  }
}

interface Walker {
  nextField(): boolean;
  readonly tag?: number; // ours
  getTag?(): number; // the library's
  skipField(): void;
  readMessage(into: object, read: (into: object, reader: Walker) => void): unknown;
}
const LibraryReader = protobuf.BinaryReader as unknown as new (bytes: Uint8Array) => Walker;

/** Down to the fields of the headers: five messages within each other. */
function walk(reader: Walker, depth = 0): void {
  while (reader.nextField()) {
    const isMessage = ((reader.tag ?? reader.getTag?.() ?? 0) & 7) === 2 && depth < 5;
    if (!isMessage) reader.skipField();
    else reader.readMessage(reader, (_, inner) => walk(inner, depth + 1));
  }
}

function report(name: string, work: () => unknown): void {
  console.log(`${name.padEnd(62)} ${microsecondsPerCall(work).toFixed(2).padStart(8)} µs`);
}

for (const kilobytes of [1, 256]) {
  const message = bodyMessage(kilobytes * 1024);
  report(`decode request_body, ${kilobytes} KB`, () => decodeProcessingRequest(message));
}
const headers = encodeBodyReply("request", { headers: { set: TIER_HEADERS, remove: [] }, clearRouteCache: true });
report("walk the fields of three headers", () => walk(new FieldReader(headers)));
report("for comparison: the same by google-protobuf", () => walk(new LibraryReader(headers)));
report("encode body reply, three headers", () =>
  encodeBodyReply("request", { headers: { set: TIER_HEADERS, remove: [] }, clearRouteCache: true }),
);
for (const kilobytes of [1, 16, 256]) {
  const piece = Buffer.alloc(kilobytes * 512, "a");
  const reply = { headers: { set: TIER_HEADERS, remove: [] }, body: [piece, piece], clearRouteCache: true };
  report(`encode body reply, three headers and ${kilobytes} KB in two pieces`, () => encodeBodyReply("request", reply));
}
const kilobyte = new Uint8Array(1024);
report("for comparison: three headers and 1 KB by google-protobuf", () => libraryBodyReply(kilobyte));
const chunk = { body: Buffer.alloc(64 * 1024), endOfStream: false };
report("encode streamed body reply, 64 KB", () => encodeStreamedBodyReply("request", chunk));

const quarterMegabyte = new Uint8Array(256 * 1024);
report("for comparison: allocate and copy 256 KB", () => quarterMegabyte.slice());
