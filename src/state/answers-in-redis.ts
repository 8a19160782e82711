// Answers that replicas share over Redis or Valkey: each under its key until its time is over, as one line of JSON and the server's bytes
// behind it. What the store does not say in time, or cannot be read, is not there.
import { z } from "zod";
import type { KeptAnswer, OfferedAnswer, SharedAnswers } from "./answer-store.ts";
import type { StateConnection } from "./connection.ts";

export interface AnswersInRedisSettings {
  readonly connection: StateConnection;
  readonly readMs: number; // a request waits for it
  readonly now: () => number; // milliseconds since the epoch
  readonly onFailed: (what: "read" | "write" | "bad") => void;
}

const OFFERED_MS = 60_000;
const NEWLINE = 0x0a;

const offered = z.object({ contentType: z.string() });
const kept = offered.extend({
  model: z.string(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  costUsd: z.number().optional(),
  atMs: z.number(),
  untilMs: z.number(),
});

export function answersInRedis({ connection, readMs, now, onFailed }: AnswersInRedisSettings): SharedAnswers {
  const keyOf = (key: string) => connection.key(`answer:${key}`);
  const offerOf = (flight: string) => connection.key(`offered:${flight}`);

  const read = async (command: readonly string[]): Promise<Buffer | undefined> => {
    if (!connection.isUp) return undefined;
    const reply = await Promise.race([connection.bytes(command).catch(() => FAILED), later(readMs)]);
    if (reply === FAILED) onFailed("read");
    return Buffer.isBuffer(reply) ? reply : undefined;
  };
  const write = (key: string, value: Buffer, lifeMs: number): void => {
    if (!connection.isUp || lifeMs < 1) return;
    connection.send(["SET", key, value, "PX", String(Math.floor(lifeMs))]).catch(() => onFailed("write"));
  };
  const parsed = <Head>(value: Buffer | undefined, schema: z.ZodType<Head>): (Head & { readonly body: Uint8Array }) | undefined => {
    if (value === undefined) return undefined;
    const end = value.indexOf(NEWLINE);
    const head = schema.safeParse(json(value.subarray(0, Math.max(end, 0))));
    if (head.success) return { ...head.data, body: value.subarray(end + 1) };
    onFailed("bad");
    return undefined;
  };
  return {
    async get(key): Promise<KeptAnswer | undefined> {
      const answer = parsed(await read(["GET", keyOf(key)]), kept);
      return answer === undefined || answer.untilMs <= now() ? undefined : { ...answer, costUsd: answer.costUsd };
    },
    set: (key, { body, ...head }) => write(keyOf(key), encoded(head, body), head.untilMs - now()),
    offer: (flight, { body, contentType }) => write(offerOf(flight), encoded({ contentType }, body), OFFERED_MS),
    take: async (flight): Promise<OfferedAnswer | undefined> => parsed(await read(["GETDEL", offerOf(flight)]), offered),
  };
}

const FAILED = Symbol("failed");

function later(ms: number): Promise<typeof FAILED> {
  return new Promise((resolve) => void setTimeout(() => resolve(FAILED), ms).unref());
}

function json(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString());
  } catch {
    return undefined;
  }
}

function encoded(head: object, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}
