// A Redis or Valkey of one test: on a free port of loopback, in a folder of its own, and gone afterwards. Where one is not installed,
// tests that need it are skipped in development and fail in CI.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStateConnection, type StateConnection, type StateObserver } from "../../src/state/connection.ts";
import { storeAddress } from "../../src/state/store-address.ts";
import { freePort } from "./free-port.ts";
import { waitFor } from "./wait-for.ts";

export type StoreProgram = "redis-server" | "valkey-server";

export interface StoreServer {
  readonly url: string;
  readonly port: number;
  /** SIGSTOP and SIGCONT: it hangs, and goes on. */
  hang(): void;
  goOn(): void;
  /** As a crash does: what it held is gone. */
  kill(): Promise<void>;
  /** After `kill`, on the same port, empty. */
  startAgain(): Promise<void>;
  close(): Promise<void>;
}

const isCi = !["", "false", undefined].includes(process.env.CI);

/** Those of this machine. */
export function storePrograms(): readonly StoreProgram[] {
  return (["redis-server", "valkey-server"] as const).filter((program) => {
    if (spawnSync(program, ["--version"]).status === 0) return true;
    if (isCi) throw new Error(`no ${program}: apt-get install ${program}`);
    return false;
  });
}

export async function startStore(program: StoreProgram, ...options: readonly string[]): Promise<StoreServer> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-store-"));
  const port = await freePort();
  const flags = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder, ...options];
  let child: ChildProcess | undefined;
  const start = async () => {
    child = spawn(program, flags, { stdio: "ignore" });
    await waitFor(`${program} on ${port}`, () => accepts(port));
  };
  const kill = async () => {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null) return;
    ending.kill("SIGKILL");
    await new Promise((resolve) => ending.once("exit", resolve));
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    hang: () => void child?.kill("SIGSTOP"),
    goOn: () => void child?.kill("SIGCONT"),
    kill,
    startAgain: start,
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

const UNOBSERVED: StateObserver = { up() {}, away() {}, answered() {}, failed() {} };

export interface StoreConnectionOptions {
  readonly prefix?: string;
  readonly commandMs?: number;
  readonly observer?: Partial<StateObserver>;
}

export function connectionTo(url: string, { prefix = "test", commandMs = 1000, observer }: StoreConnectionOptions = {}): StateConnection {
  const address = storeAddress(url);
  if (address === undefined) throw new Error(`no address of a store: ${url}`);
  return openStateConnection({ address, prefix, commandMs, observer: { ...UNOBSERVED, ...observer } });
}

export async function connected(url: string, options: StoreConnectionOptions = {}): Promise<StateConnection> {
  const connection = connectionTo(url, options);
  await waitFor(`a connection to ${url}`, () => connection.isUp);
  return connection;
}
