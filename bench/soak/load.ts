// A steady rate of requests through Envoy, each answer checked: its status, and the tier it was decided for.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";

const TICK_MS = 20;
const CONNECTIONS = 64;

export interface SoakRequest {
  readonly content: string; // of the one user message
  readonly tier: string; // what it must be decided for
}

export interface Load {
  readonly counts: Readonly<Counts>;
  /** Of answers, in milliseconds. */
  quantile(share: number): number;
  /** The longest that this process itself was held up, in milliseconds: by a busy machine, or by what it does to sluice. */
  heldUpMs(): number;
  /** Sends nothing while it lasts, and has nothing in flight: for what would keep requests waiting that is not sluice's doing. */
  pausedFor<T>(act: () => Promise<T>): Promise<T>;
  /** Resolves when the last answer is there. */
  stop(): Promise<void>;
}

interface Counts {
  sent: number;
  failed: number; // no answer, or another status than 200
  astray: number; // answered, but decided otherwise, or by nobody
  skipped: number; // not sent: too many in flight
}

/** Requests by the clock, whatever is still in flight; none when the connections could not keep up. */
export function startLoad(url: string, rate: number, requests: readonly SoakRequest[]): Load {
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1, keepAliveTimeout: 60_000 });
  const bodies = requests.map(({ content, tier }) => ({
    body: JSON.stringify({ model: "glm-5", messages: [{ role: "user", content }] }),
    tier,
  }));
  const counts: Counts = { sent: 0, failed: 0, astray: 0, skipped: 0 };
  const took: number[] = [];
  let startedAt = performance.now(); // later by all pauses
  let isPaused = false;
  const delay = monitorEventLoopDelay({ resolution: TICK_MS });
  delay.enable();
  let due = 0;
  let inFlight = 0;
  const send = async () => {
    const { body, tier } = bodies[counts.sent++ % bodies.length] ?? { body: "", tier: "" };
    const sentAt = performance.now();
    inFlight++;
    try {
      const headers = { "content-type": "application/json" };
      const response = await pool.request({ method: "POST", path: "/v1/chat/completions", headers, body });
      await response.body.dump();
      if (response.statusCode !== 200) counts.failed++;
      else if (response.headers["x-sluice-tier"] !== tier) counts.astray++;
    } catch {
      counts.failed++;
    }
    took.push(performance.now() - sentAt);
    inFlight--;
  };
  const allAnswered = async () => {
    while (inFlight > 0) await sleep(TICK_MS);
  };
  const timer = setInterval(() => {
    if (isPaused) return;
    for (const until = ((performance.now() - startedAt) * rate) / 1000; due < until; due++) {
      if (inFlight < rate) void send();
      else counts.skipped++;
    }
  }, TICK_MS);
  return {
    counts,
    quantile: (share) => Float64Array.from(took).sort()[Math.floor((took.length - 1) * share)] ?? Number.NaN,
    async pausedFor(act) {
      const pausedAt = performance.now();
      isPaused = true;
      await allAnswered();
      const result = await act();
      startedAt += performance.now() - pausedAt;
      isPaused = false;
      return result;
    },
    heldUpMs: () => delay.max / 1e6,
    async stop() {
      delay.disable();
      clearInterval(timer);
      await allAnswered();
      await pool.close();
    },
  };
}
