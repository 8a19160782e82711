// The store that replicas share state over, as this process sees it: connected to, counted, and told of when it goes and when it comes.
import { createHash, randomBytes } from "node:crypto";
import type { Shared, StateSettings } from "../config/capabilities/state.ts";
import type { LiveStore } from "../outcome/live/view.ts";
import type { Logger } from "../outcome/telemetry/log.ts";
import type { Metrics } from "../outcome/telemetry/metrics.ts";
import { openStateConnection, type StateConnection } from "../state/connection.ts";
import { storeAddress } from "../state/store-address.ts";
import { storeSecrets } from "../state/store-secrets.ts";

export interface SharedState {
  readonly connection: StateConnection;
  shares(what: Shared): boolean;
  live(): LiveStore;
}

/** A store that takes longer is as good as away. */
const COMMAND_MS = 1000;
/** A share of the newest, so that one slow answer does not stand for all. */
const NEWEST = 0.1;

/** Undefined: there is none. Throws `state-secret-unusable`; a store that is away is no reason not to serve. */
export async function openSharedState(
  { url, prefix, share, passwordFile }: StateSettings,
  env: Readonly<Record<string, string | undefined>>,
  metrics: Metrics,
  log: Logger,
): Promise<SharedState | undefined> {
  if (url === undefined) return undefined;
  const address = storeAddress(url);
  if (address === undefined) throw new Error("invariant: the configuration holds no other URLs");
  const at = { store: `${address.host}:${address.port}` };
  const secrets = () => storeSecrets(passwordFile, env);
  await secrets();
  let away: string | undefined = "not connected yet";
  let since = performance.now();
  let seconds: number | undefined;
  metrics.storeIs("away");
  const connection = openStateConnection({
    address,
    prefix,
    commandMs: COMMAND_MS,
    secrets,
    observer: {
      up() {
        [away, since] = [undefined, performance.now()];
        metrics.storeIs("up");
        log.info(at, "the store of shared state is there");
      },
      away(why) {
        [away, since] = [why, performance.now()];
        metrics.storeIs("away");
        log.warn({ ...at, cause: why }, "the store of shared state is away: until it is back, this process knows what it has seen itself");
      },
      answered(took) {
        seconds = seconds === undefined ? took : seconds + NEWEST * (took - seconds);
        metrics.storeAnswered(took);
      },
      failed: metrics.storeFailed,
    },
  });
  return {
    connection,
    shares: (what) => share.includes(what),
    live: () => ({
      away: away ?? null,
      forSeconds: (performance.now() - since) / 1000,
      roundTripMs: seconds === undefined ? null : 1000 * seconds,
    }),
  };
}

/** For the hashes of tenants in the keys of kept answers: of replicas that share those the same. */
export function cacheSecret({ url, prefix, share }: StateSettings): string {
  const address = url === undefined || !share.includes("cache") ? undefined : storeAddress(url);
  if (address === undefined) return randomBytes(32).toString("base64");
  const { host, port, database, password = "" } = address;
  return createHash("sha256")
    .update(JSON.stringify([host, port, database, prefix, password, "cache"]))
    .digest("base64");
}

/**
 * For the hashes of sessions and senders: of replicas that share them the same, and known before the store is there. Who does not know
 * where the store is cannot make ids that fall together. Without a store it is `own`: what the processes behind one admin port were given,
 * else each takes its own.
 */
export function hashSalt({ url, prefix }: StateSettings, own = newSalt()): number {
  const address = url === undefined ? undefined : storeAddress(url);
  if (address === undefined) return own;
  return createHash("sha256").update(`${address.host}:${address.port}/${address.database} ${prefix}`).digest().readInt32LE();
}

/** 32 bits that nobody can guess. */
export function newSalt(): number {
  return randomBytes(4).readInt32LE();
}
