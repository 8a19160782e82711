// Takes a changed configuration file, or model, while requests are decided by the old one: once it has been left alone for a moment, has
// been checked apart from the request path, and has been looked at twice where it may be half written.
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { SluiceError } from "../errors.ts";
import { MAX_MODEL_BYTES } from "../request/policy/learned/model-file.ts";
import { type FileRead, readBounded } from "./bounded-file.ts";
import type { Config } from "./config.ts";
import { type ConfigSource, textOf } from "./load.ts";
import { loadApart } from "./load-apart.ts";
import type { LoadAnswer } from "./load-worker.ts";
import { ConfigInvalid } from "./problems.ts";
import { watchFiles } from "./watch.ts";
import { MAX_CONFIG_BYTES } from "./yaml-text.ts";

export interface ReloaderOptions {
  readonly source: ConfigSource; // in force
  /** Puts a configuration into force; `gone`: keys of the file before that this one has not; `text`: its own. Throws where it cannot be. */
  take(config: Config, gone: readonly string[], text: string): Promise<void>;
  refuse(error: unknown): void;
  readonly timing?: ReloadTiming;
}

export type ReloadTiming = Partial<Timing>;

interface Timing {
  readonly quietMs: number; // nothing may change for so long
  readonly secondLookMs: number; // and for so long more where the file may be half written
  readonly restlessMs: number; // after which a file that is never left alone is refused
  readonly lookMs: number; // without any event
}

/** Longer than a program pauses between two writes of one file; refused well before anyone would look what is the matter. */
const TIMING: Timing = { quietMs: 400, secondLookMs: 2000, restlessMs: 6000, lookMs: 5000 };

export interface Reloader {
  /** Reads the file again, changed or not. Resolves when it has been taken or refused. */
  reload(): Promise<void>;
  /** What is being read is dropped. */
  close(): void;
}

export function startReloader({ source, take, refuse, timing }: ReloaderOptions): Reloader {
  const { quietMs, secondLookMs, restlessMs, lookMs } = { ...TIMING, ...timing };
  const { path } = source;
  const configFile = resolve(path);
  const closed = new AbortController();
  let inForce = source.text;
  let read = source.read; // the last time, whether it was taken or not

  const pause = (ms: number) => wait(ms, undefined, { signal: closed.signal });
  const lookAt = (file: string) => readBounded(file, file === configFile ? MAX_CONFIG_BYTES : MAX_MODEL_BYTES, "files");

  async function isChanged(): Promise<boolean> {
    for (const [file, identity] of read) if ((await lookAt(file)).identity !== identity) return true;
    return false;
  }

  /** False: it was another file before it could be taken. */
  async function attempt(deadline: number): Promise<boolean> {
    const found = await untilQuiet(
      () => lookAt(configFile),
      () => pause(quietMs),
      deadline,
    );
    if (found === undefined) throw restless();
    read = new Map([...read, [configFile, found.identity]]);
    const { text } = textOf(path, found);
    const answer = await loadApart({ path, text, before: inForce }, closed.signal);
    read = new Map([[configFile, found.identity], ...answer.read]);
    const { config, shrinkage } = loaded(path, answer);
    if (shrinkage.suspect) {
      await pause(secondLookMs);
      if ((await lookAt(configFile)).identity !== found.identity) {
        if (performance.now() < deadline) return false;
        throw restless();
      }
    }
    await take(config, shrinkage.gone, text);
    inForce = text;
    return true;
  }

  function restless(): SluiceError {
    read = new Map([...read, [configFile, "restless"]]); // so that the next look finds it changed, whatever it is then
    return new SluiceError("config-changing", `${path}: is written to all the time`);
  }

  async function settle(when: () => Promise<boolean>): Promise<void> {
    try {
      if (!(await when())) return;
      const deadline = performance.now() + restlessMs;
      while (!(await attempt(deadline)));
    } catch (error) {
      if (!closed.signal.aborted) refuse(error);
    }
  }

  const inTurn = oneAtATime();
  const reload = inTurn(() => settle(async () => true));
  const look = () => void lookInTurn();
  const lookInTurn = inTurn(() => settle(isChanged));
  const watcher = watchFiles(() => [...read.keys()], look, lookMs);
  look(); // at what has changed since it was read for the start
  return {
    reload,
    close() {
      closed.abort();
      watcher.close();
    },
  };
}

/** What is found at two looks in a row; undefined when there are none until the deadline. */
async function untilQuiet(look: () => Promise<FileRead>, pause: () => Promise<void>, deadline: number): Promise<FileRead | undefined> {
  let found = await look();
  for (;;) {
    await pause();
    const again = await look();
    if (again.identity === found.identity) return again;
    if (performance.now() >= deadline) return undefined;
    found = again;
  }
}

function loaded(path: string, answer: LoadAnswer): Extract<LoadAnswer, { readonly kind: "loaded" }> {
  switch (answer.kind) {
    case "loaded":
      return answer;
    case "invalid":
      throw new ConfigInvalid(path, answer.problems, answer.count);
    case "refused":
      throw new SluiceError(answer.code, answer.message, { hint: answer.hint });
    default:
      return answer satisfies never;
  }
}

/** Each kind of work waits for what has begun; asked for again while it waits, it is done once. */
function oneAtATime(): (work: () => Promise<void>) => () => Promise<void> {
  let last = Promise.resolve();
  return (work) => {
    let waiting: Promise<void> | undefined;
    return () => {
      waiting ??= last = last.then(() => {
        waiting = undefined;
        return work();
      });
      return waiting;
    };
  };
}
