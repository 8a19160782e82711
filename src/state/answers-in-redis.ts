// Answers that replicas share over Redis or Valkey: each under its key until its time is over, as one line of JSON and the server's bytes
// behind it. What the store does not say in time, or cannot be read, is not there.
import { z } from "zod";
import { decodedAnswer, encodedAnswer } from "./answer-bytes.ts";
import type { KeptAnswer, OfferedAnswer, SharedAnswers } from "./answer-store.ts";
import type { StateConnection } from "./connection.ts";

export interface AnswersInRedisSettings {
  readonly connection: StateConnection;
  readonly readMs: number; // a request waits for it
  readonly now: () => number; // milliseconds since the epoch
  readonly onFailed: (what: "read" | "write" | "bad") => void;
}

const OFFERED_MS = 60_000;

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

  /** Without `withinMs` as long as the connection waits: a request does not. */
  const read = async (command: readonly string[], withinMs?: number): Promise<Buffer | undefined> => {
    if (!connection.isUp) return undefined;
    const replied = connection.bytes(command).catch(() => FAILED);
    const reply = await (withinMs === undefined ? replied : Promise.race([replied, later(withinMs)]));
    if (reply === FAILED) onFailed("read");
    return Buffer.isBuffer(reply) ? reply : undefined;
  };
  const write = (key: string, value: Buffer, lifeMs: number): void => {
    if (!connection.isUp || lifeMs < 1) return;
    connection.send(["SET", key, value, "PX", String(Math.floor(lifeMs))]).catch(() => onFailed("write"));
  };
  const parsed = <Head>(value: Buffer | undefined, schema: z.ZodType<Head>): (Head & { readonly body: Uint8Array }) | undefined => {
    if (value === undefined) return undefined;
    const { head, body } = decodedAnswer(value);
    const checked = schema.safeParse(head);
    if (checked.success) return { ...checked.data, body };
    onFailed("bad");
    return undefined;
  };
  return {
    async get(key): Promise<KeptAnswer | undefined> {
      const answer = parsed(await read(["GET", keyOf(key)], readMs), kept);
      return answer === undefined || answer.untilMs <= now() ? undefined : { ...answer, costUsd: answer.costUsd };
    },
    set: (key, { body, ...head }) => write(keyOf(key), Buffer.concat(encodedAnswer(head, body)), head.untilMs - now()),
    offer: (flight, { body, contentType }) => write(offerOf(flight), Buffer.concat(encodedAnswer({ contentType }, body)), OFFERED_MS),
    take: async (flight): Promise<OfferedAnswer | undefined> => parsed(await read(["GETDEL", offerOf(flight)]), offered),
  };
}

const FAILED = Symbol("failed");

function later(ms: number): Promise<typeof FAILED> {
  return new Promise((resolve) => void setTimeout(() => resolve(FAILED), ms).unref());
}
