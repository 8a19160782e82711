// Load through Envoy: requests as fast as they are answered, each answer checked, and clients that go away halfway.
import { Pool } from "undici";
import { connectTo, postHead } from "./raw-http.ts";

export interface LoadRequest {
  readonly body: string;
  readonly tier: string; // the one it must be decided for
}

export interface LoadOptions {
  readonly url: string;
  readonly requests: LoadRequest[]; // in turn
  readonly count: number;
  readonly connections: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly during?: () => boolean; // goes on while true, whatever the count
}

export interface LoadResult {
  readonly sent: number;
  readonly wrong: ReadonlyMap<string, number>; // answers other than 200 with the right tier, by what they were
  readonly perSecond: number;
}

/** Keeps `connections` requests in flight. A failed request is counted, never retried. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { url, requests, count, connections, headers = {}, during = () => false } = options;
  const pool = new Pool(url, { connections, pipelining: 1, keepAliveTimeout: 60_000 });
  const wrong = new Map<string, number>();
  const startedAt = performance.now();
  let sent = 0;
  const worker = async () => {
    while (sent < count || during()) {
      const request = requests[sent++ % requests.length];
      if (request === undefined) throw new Error("no requests to send");
      const outcome = await outcomeOf(pool, request, headers);
      if (outcome !== `200 ${request.tier}`) wrong.set(outcome, (wrong.get(outcome) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  await pool.close();
  return { sent, wrong, perSecond: Math.round((sent * 1000) / (performance.now() - startedAt)) };
}

async function outcomeOf(pool: Pool, { body }: LoadRequest, headers: Readonly<Record<string, string>>): Promise<string> {
  try {
    const response = await pool.request({
      method: "POST",
      path: "/v1/chat/completions",
      headers: { "content-type": "application/json", ...headers },
      body,
    });
    await response.body.dump();
    return `${response.statusCode} ${String(response.headers["x-sluice-tier"] ?? "unrouted")}`;
  } catch (error) {
    return String(error);
  }
}

/** Clients that go away: every other one in the middle of its body, the rest right behind it. */
export async function abortMany(url: string, body: string, count: number, atOnce: number): Promise<void> {
  let begun = 0;
  const worker = async () => {
    while (begun < count) {
      const bytes = begun++ % 2 === 0 ? body.slice(0, body.length / 2) : body;
      const socket = await connectTo(url);
      await new Promise<void>((resolve) => socket.write(`${postHead([`content-length: ${body.length}`])}${bytes}`, () => resolve()));
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
