// A stand-in for Langfuse's public API with scripted answers: pages by cursor, and troubles on the way.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

export interface Trouble {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LangfuseStandIn {
  readonly url: string;
  readonly asked: { readonly path: string; readonly query: Readonly<Record<string, string>>; readonly authorization: string | undefined }[];
  readonly received: Readonly<Record<string, unknown>>[]; // scores that were sent to it
  close(): void;
}

/** `pageSize`: items a page, whatever is asked for. Every item of `observations` and `scores` has `at`, ISO 8601. `troubles` come first. */
export async function langfuseStandIn(script: {
  readonly observations: () => readonly ({ readonly at: string } & object)[];
  readonly scores?: () => readonly ({ readonly at: string } & object)[];
  readonly pageSize?: number;
  readonly troubles?: Trouble[];
  readonly onPage?: () => void;
}): Promise<LangfuseStandIn> {
  const asked: LangfuseStandIn["asked"] = [];
  const received: LangfuseStandIn["received"] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const url = new URL(request.url ?? "", "http://x");
    const query = Object.fromEntries(url.searchParams);
    asked.push({ path: url.pathname, query, authorization: request.headers.authorization });
    const trouble = script.troubles?.shift();
    if (trouble !== undefined) return void response.writeHead(trouble.status, trouble.headers).end('{"message":"not now"}');
    if (request.method === "POST" && url.pathname === "/api/public/scores") {
      return void json(request).then((score) => {
        received.push(score as Readonly<Record<string, unknown>>);
        response.writeHead(200, { "content-type": "application/json" }).end('{"id":"s"}');
      });
    }
    const isScores = url.pathname === "/api/public/v3/scores";
    if (!isScores && url.pathname !== "/api/public/v2/observations") return void response.writeHead(404).end("no such path");
    const [from = "", to = "~"] = isScores
      ? [query["fromTimestamp"], query["toTimestamp"]]
      : [query["fromStartTime"], query["toStartTime"]];
    const items = (isScores ? (script.scores?.() ?? []) : script.observations()).filter(({ at }) => at >= from && at < to);
    const [start, size] = [Number(query["cursor"] ?? 0), script.pageSize ?? 2];
    const next = start + size < items.length ? { cursor: String(start + size) } : {};
    script.onPage?.();
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ data: items.slice(start, start + size), meta: { limit: size, ...next } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    received,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export function observation(number: number, input: unknown, more: object = {}) {
  const at = `2026-01-31T09:${String(number).padStart(2, "0")}:00.000Z`;
  return { at, id: `o${number}`, traceId: `t${number}`, type: "GENERATION", startTime: at, input, ...more };
}
