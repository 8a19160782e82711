// Envoy's calls without Envoy, a number of them at all times: what each was answered.
import { setTimeout as wait } from "node:timers/promises";
import { Client, credentials } from "@grpc/grpc-js";
import { decodeReply, encodeRequest, headersSet, type Reply, requestBody, requestHeaders } from "./ext-proc-client.ts";

const METHOD = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";

export interface ExtProcLoad {
  readonly answers: ReadonlyMap<string, number>; // by tier, or by what went wrong
  longestMs(): number;
  /** How long so large a share of all waited at most, since the last `startOver`. */
  waitMs(share: number): number;
  startOver(): void;
  stop(): Promise<void>;
}

const PAUSE_MS = 8;

/** Asks what to do with one body, again and again: some 400 times a second, so that neither side is kept busy. */
export function extProcLoad(address: string, body: string, atOnce = 4): ExtProcLoad {
  const client = new Client(address, credentials.createInsecure());
  const answers = new Map<string, number>();
  const waits: number[] = [];
  let running = true;
  const worker = async () => {
    while (running) {
      const startedAt = performance.now();
      const answer = await tierFor(client, body);
      waits.push(performance.now() - startedAt);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      await wait(PAUSE_MS);
    }
  };
  const workers = Promise.all(Array.from({ length: atOnce }, worker));
  return {
    answers,
    longestMs: () => Math.round(waits.reduce((longest, wait) => Math.max(longest, wait), 0)),
    waitMs: (share) => waits.toSorted((a, b) => a - b)[Math.floor(waits.length * share)] ?? 0,
    startOver() {
      waits.length = 0;
      answers.clear();
    },
    async stop() {
      running = false;
      await workers;
      client.close();
    },
  };
}

function tierFor(client: Client, body: string): Promise<string> {
  return new Promise((resolve) => {
    const call = client.makeBidiStreamRequest<object, Reply>(METHOD, encodeRequest, decodeReply);
    let tier = "unrouted";
    call.on("data", (reply: Reply) => {
      if (reply.request_headers !== undefined) call.write(requestBody(body));
      const headers = { ...headersSet(reply.request_headers?.response), ...headersSet(reply.request_body?.response) };
      tier = headers["x-sluice-tier"] ?? tier;
    });
    call.on("error", (error) => resolve(error.message));
    call.on("end", () => resolve(tier));
    call.write(requestHeaders({ "content-length": String(body.length) }));
  });
}
