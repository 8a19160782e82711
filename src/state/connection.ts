// The connection to Redis or Valkey. Nobody waits for it: a command is answered within its deadline or rejected, and while the store is
// away all are rejected at once. A store that does not answer, or takes no writes, is away; it is looked for again, at longer and longer
// intervals.
import { setTimeout as wait } from "node:timers/promises";
import type { createClient } from "@redis/client";
import type { StoreAddress } from "./store-address.ts";
import type { StoreSecrets } from "./store-secrets.ts";

export type StoreText = string | Buffer;

export interface StateConnection {
  readonly isUp: boolean;
  /** A key of ours: all have the same hash tag, so that a script may use several of them on a cluster. */
  key(name: string): string;
  send(command: readonly StoreText[]): Promise<unknown>;
  /** Of a command whose reply is bytes, or null. */
  bytes(command: readonly StoreText[]): Promise<unknown>;
  /** For as long as this is open; while the store is away, nothing comes. */
  subscribe(channel: string, listener: (message: Buffer) => void): void;
  /** Told each time it is up, and what was subscribed to is heard. */
  onUp(listener: () => void): void;
  close(): Promise<void>;
}

/** Told what becomes of the connection. */
export interface StateObserver {
  up(): void;
  /** Once, until it is up again. */
  away(why: string): void;
  answered(seconds: number): void;
  failed(cause: StateFailure): void;
}

/** timeout: no answer in time; refused: an error in place of an answer; lost: the connection broke; connect: none was to be had. */
export type StateFailure = "timeout" | "refused" | "lost" | "connect";

export interface StateConnectionSettings {
  readonly address: StoreAddress;
  readonly prefix: string;
  readonly commandMs: number; // a command's deadline
  readonly secrets?: () => Promise<StoreSecrets>; // asked for at each connection: they may have been changed
  readonly observer: StateObserver;
}

type Client = ReturnType<typeof createClient>;

const CONNECT_MS = 2000;
const PROBE_EVERY_MS = 1000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;
/** So many commands wait at most: a store that is slower than we are is not up. */
const MOST_WAITING = 10_000;

/** What a store says that takes no commands of ours now. */
const NOT_USABLE = /^(?:READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|MOVED|NOAUTH) /;

/** Why nothing was sent, or nothing came back. */
class StoreAway extends Error {}

export function openStateConnection(settings: StateConnectionSettings): StateConnection {
  const { prefix, commandMs, observer } = settings;
  const channels = new Map<string, (message: Buffer) => void>();
  const upListeners: (() => void)[] = [];
  const closing = new AbortController();
  const key = (name: string) => `{${prefix}}:${name}`;
  let client: Client | undefined; // while it is up
  let lose: (why: string, cause: StateFailure) => void = () => {};

  const send = async (to: Client | undefined, command: readonly StoreText[], options?: typeof AS_BYTES): Promise<unknown> => {
    if (to === undefined) throw new StoreAway("the store is away");
    try {
      return await answered(observer, () => within(commandMs, to.sendCommand([...command], options)));
    } catch (error) {
      if (to === client) judge(error);
      throw error;
    }
  };
  const judge = (error: unknown) => {
    const cause = causeOf(error);
    if (cause === "timeout" || NOT_USABLE.test(messageOf(error))) lose(messageOf(error), cause);
    else if (!messageOf(error).startsWith("NOSCRIPT")) observer.failed(cause);
  };
  const probe = (to: Client | undefined) => send(to, ["SET", key("seen"), "1", "PX", "60000"]);
  const look = setInterval(() => void probe(client).catch(() => {}), PROBE_EVERY_MS).unref();
  const running = keepConnected(settings, closing.signal, {
    async ready(made) {
      await probe(made);
      for (const [channel, listener] of channels) await within(commandMs, made.subscribe(channel, listener, true));
    },
    serve: (made) =>
      new Promise<string>((resolve) => {
        client = made;
        lose = (why, cause) => {
          if (client !== made) return;
          client = undefined;
          if (!closing.signal.aborted) observer.failed(cause);
          resolve(why);
        };
        made.once("error", (error) => lose(messageOf(error), "lost"));
        made.once("end", () => lose("the connection was closed", "lost"));
        closing.signal.addEventListener("abort", () => lose("closing", "lost"));
        observer.up();
        for (const listener of upListeners) listener();
      }),
  });

  return {
    get isUp() {
      return client !== undefined;
    },
    key,
    send: (command) => send(client, command),
    bytes: (command) => send(client, command, AS_BYTES),
    subscribe(channel, listener) {
      channels.set(channel, listener);
      if (client !== undefined) void within(commandMs, client.subscribe(channel, listener, true)).catch(judge);
    },
    onUp(listener) {
      upListeners.push(listener);
      if (client !== undefined) listener();
    },
    async close() {
      clearInterval(look);
      closing.abort();
      await running;
    },
  };
}

async function answered(observer: StateObserver, ask: () => Promise<unknown>): Promise<unknown> {
  const begun = performance.now();
  const reply = await ask();
  observer.answered((performance.now() - begun) / 1000);
  return reply;
}

/** RESP's bulk strings ("$") as they come. */
const AS_BYTES = { typeMapping: { 36: Buffer } } as const;

interface Steps {
  ready(client: Client): Promise<void>;
  /** Resolves when it is lost, with why. */
  serve(client: Client): Promise<string>;
}

async function keepConnected(settings: StateConnectionSettings, closing: AbortSignal, { ready, serve }: Steps): Promise<void> {
  const { observer } = settings;
  const { createClient } = await import("@redis/client"); // only where there is a store: it takes a tenth of a second
  let address = settings.address;
  let isAway = false;
  let pauseMs = FIRST_PAUSE_MS;
  const away = (why: string) => {
    if (!isAway && !closing.aborted) observer.away(why);
    isAway = true;
  };
  while (!closing.aborted) {
    let client: Client | undefined;
    try {
      client = createClient(clientOptions(address, (await settings.secrets?.()) ?? {}));
      client.on("error", () => {}); // told where it matters; without a listener it would be thrown
      await within(CONNECT_MS, client.connect());
      client.unref(); // no reason for a process to go on
      await ready(client);
      isAway = false;
      pauseMs = FIRST_PAUSE_MS;
      away(await serve(client));
    } catch (error) {
      const why = messageOf(error);
      address = movedTo(why, settings.address) ?? settings.address;
      if (!closing.aborted) observer.failed("connect");
      away(why);
    } finally {
      if (client?.isOpen) client.destroy();
    }
    await wait(pauseMs * (0.5 + Math.random()), undefined, { signal: closing, ref: false }).catch(() => {});
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}

function clientOptions(address: StoreAddress, secrets: StoreSecrets): Parameters<typeof createClient>[0] {
  const { host, port, tls, username, database } = address;
  const { password = address.password } = secrets;
  const socket = { host, port, connectTimeout: CONNECT_MS, reconnectStrategy: false as const };
  return {
    socket: tls ? { ...socket, tls: true } : socket,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    database,
    name: "sluice",
    disableOfflineQueue: true,
    commandOptions: { timeout: 0 }, // `within` is: theirs keeps a signal for each command until it is due, answered or not
    commandsQueueMaxLength: MOST_WAITING,
    maintNotifications: "disabled",
  };
}

/** A node of a cluster that does not have our slot says which one does: `MOVED 3999 10.0.0.7:6379`. */
function movedTo(message: string, address: StoreAddress): StoreAddress | undefined {
  const [, host, port] = /^MOVED \d+ (.*):(\d+)$/.exec(message) ?? [];
  return port === undefined ? undefined : { ...address, host: host === "" || host === undefined ? address.host : host, port: Number(port) };
}

function causeOf(error: unknown): StateFailure {
  return error instanceof StoreAway ? "timeout" : "refused";
}

function messageOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message === "" ? (code ?? "unknown error") : message;
}

/** Rejects in time. What has arrived by then, while this process was busy, counts: it is read first. */
function within<Value>(ms: number, promise: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new StoreAway(`no answer within ${ms} ms`));
    const timer = setTimeout(() => setImmediate(late), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
