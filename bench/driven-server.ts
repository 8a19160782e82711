// A `sluice serve` process to be driven as Envoy drives it, and the messages to drive it with. What it costs is its own CPU time, as its
// metrics give it.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { BinaryWriter } from "google-protobuf";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** BodySendMode. */
export const STREAMED = 1;
export const FULL_DUPLEX_STREAMED = 4;
const BUFFERED = 2;

export interface Modes {
  readonly observabilityMode: boolean;
  readonly responseBodyMode: number;
  readonly attempt: number; // of a filter that is asked for each
}

/** ProcessingRequest.request_headers as Envoy sends it for a chat of `size` bytes. */
export function headersMessage(size: number, requestId: string | undefined, modes: Partial<Modes> = {}): Uint8Array {
  const headers: Record<string, string> = {
    ":method": "POST",
    ":scheme": "http",
    ":authority": "gateway.example",
    ":path": "/v1/chat/completions",
    "user-agent": "OpenAI/Python 2.8.1",
    accept: "application/json",
    "content-type": "application/json",
    "content-length": String(chat(size).length),
    authorization: "Bearer sk-0123456789abcdef0123456789abcdef",
    "x-forwarded-proto": "http",
    ...(requestId === undefined ? {} : { "x-request-id": requestId }),
    ...(modes.attempt === undefined ? {} : { "x-envoy-attempt-count": String(modes.attempt) }),
  };
  const writer = new BinaryWriter();
  writeHeaders(writer, 2, headers);
  if (modes.observabilityMode) writer.writeBool(10, true);
  if (modes.responseBodyMode !== undefined) {
    writer.writeMessage(11, modes.responseBodyMode, (mode, config) => {
      config.writeEnum(1, BUFFERED);
      config.writeEnum(2, mode);
    });
  }
  return writer.getResultBuffer();
}

/** ProcessingRequest.response_headers of a streamed answer. */
export function answerHeadersMessage(): Uint8Array {
  const writer = new BinaryWriter();
  writeHeaders(writer, 3, { ":status": "200", "content-type": "text/event-stream", "cache-control": "no-cache", server: "uvicorn" });
  return writer.getResultBuffer();
}

function writeHeaders(writer: BinaryWriter, field: number, headers: Readonly<Record<string, string>>): void {
  writer.writeMessage(field, headers, (all, message) => {
    message.writeMessage(1, all, (entries, map) => {
      for (const [key, value] of Object.entries(entries)) {
        map.writeMessage(1, value, (text, header) => {
          header.writeString(1, key);
          header.writeBytes(3, Buffer.from(text));
        });
      }
    });
  });
}

/** ProcessingRequest.request_body with end_of_stream. */
export function bodyMessage(size: number): Uint8Array {
  const writer = new BinaryWriter();
  writer.writeMessage(4, chat(size), (body, message) => {
    message.writeBytes(1, body);
    message.writeBool(2, true);
  });
  return writer.getResultBuffer();
}

/** A conversation of about `size` bytes without a strong keyword. */
function chat(size: number): Buffer {
  const sentence = "The service reads a queue of jobs and writes rows to a table when each worker is ready. ";
  const content = sentence.repeat(Math.ceil(size / sentence.length)).slice(0, size - 150);
  const messages = [
    { role: "system", content: "You are a helpful assistant." },
    { role: "user", content },
  ];
  return Buffer.from(JSON.stringify({ model: "glm-5", temperature: 0.7, messages }));
}

export function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

export interface ServerOptions {
  readonly config?: string; // YAML without `listen`
  readonly listen?: string; // more members of that key
  readonly nodeArgs?: readonly string[]; // options of Node.js itself
  readonly serveArgs?: readonly string[]; // options of `serve`
  readonly onLine?: (line: string) => void; // what it says on standard error
  /** Writes what the configuration names beside it. */
  readonly files?: (configFile: string) => void;
}

export interface RunningServer {
  readonly extProc: string; // of several processes, each, with ", " between them
  readonly admin: string; // host:port, as is the one before
  readonly configFile: string; // in a folder of its own
  readonly child: ChildProcess;
  metrics(): Promise<string>;
  cpuSeconds(): Promise<number>;
  stop(): void;
}

export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { config = "", listen = "", nodeArgs = [], serveArgs = [], onLine, files } = options;
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const configFile = join(folder, "sluice.yaml");
  writeFileSync(configFile, `listen: { extProc: '127.0.0.1:0', admin: '127.0.0.1:0', ${listen} }\n${config}`);
  files?.(configFile);
  const child = spawn(process.execPath, [...nodeArgs, MAIN, "serve", "--config", configFile, ...serveArgs], {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true, // so that Ctrl-C reaches only us
  });
  process.once("exit", () => child.kill("SIGKILL"));
  if (onLine !== undefined) createInterface(child.stderr).on("line", onLine);
  const { extProc, admin } = await servingAt(child);
  const metrics = async () => (await fetch(`http://${admin}/metrics`)).text();
  return {
    extProc,
    admin,
    configFile,
    child,
    metrics,
    cpuSeconds: async () => metric(await metrics(), "process_cpu_seconds_total"),
    stop() {
      child.kill("SIGTERM");
      rmSync(folder, { recursive: true });
    },
  };
}

/** The addresses in the log line that says so. */
function servingAt(child: ChildProcess): Promise<{ extProc: string; admin: string }> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr?.on("data", (chunk) => {
      text += chunk;
      const line = text.split("\n").find((candidate) => candidate.includes('"msg":"serving"'));
      if (line !== undefined) resolve(JSON.parse(line));
    });
    child.once("exit", () => reject(new Error(`the server ended before it was ready:\n${text}`)));
  });
}

/** A metric without labels. */
export function metric(text: string, name: string): number {
  const match = new RegExp(`^${name} (.+)$`, "m").exec(text);
  if (match?.[1] === undefined) throw new Error(`no ${name} in the metrics`);
  return Number(match[1]);
}
