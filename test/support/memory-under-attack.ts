// A sluice with hostile peers at it, and a well-behaved one beside them: what it takes of memory, and how long the other waits. Each is a
// process of its own.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Telling } from "./measured-load.ts";
import { metric } from "./metrics.ts";
import { startSluice } from "./sluice.ts";
import { stopAtEnd } from "./teardown.ts";
import { waitFor } from "./wait-for.ts";

const [HOSTILE_PEERS, MEASURED_LOAD, LOOP_STALLS] = ["hostile-peers", "measured-load", "loop-stalls"].map((name) =>
  fileURLToPath(new URL(`./${name}.ts`, import.meta.url)),
) as [string, string, string];
const MB = 1 << 20;
/** Of garbage in buffers, as serving alone leaves some. An attack left 200 MB until it was collected at its end. */
const GARBAGE_MB = 40;
/** They stand for peers on other machines, so they shall not take the processor from who is attacked or waits beside them. */
const HOSTILE_NICENESS = 15;
/** That sluice is warm, and its peer's waits without an attack are known. */
const CALLS_BEFORE = 500;

export interface Attack {
  readonly kinds: readonly string[];
  readonly connections: number;
  /** Goes on until so many calls were cut off or refused, */
  readonly cutOffs: number;
  readonly forMs?: number; // and for so long at least
}

/** In MB: resident memory beyond what was there before any attack, and what the gauge says. */
export interface Toll {
  readonly mostMB: number;
  readonly mostHeldMB: number;
  readonly others: Telling; // what the well-behaved peer was answered, and how long it waited
  readonly alone: Telling; // the same before the attack, as long as that goes
  readonly longestTurnMs: number; // of sluice's event loop, in CPU time: that of others on the machine does not count
  readonly longTurnsShare: number; // of the time it was in turns of more than 20 ms
  readonly goesFirst: boolean; // sluice and who waits have the processor before all else: what they wait for is sluice
  readonly leftMB: number; // when all is let go and its garbage collected: what the C library keeps of it, and V8
}

/** Has served for a while when this resolves. */
export async function attackable(budgetBytes: number) {
  const lines: string[] = [];
  const nodeArgs = ["--import", LOOP_STALLS];
  const onLine = (line: string) => void lines.push(line);
  const sluice = await startSluice({ config: `limits: { bodyBudgetBytes: ${budgetBytes} }`, nodeArgs, onLine });
  const proc = (file: string) => `/proc/${sluice.child.pid}/${file}`;
  const status = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(proc("status"), "utf8"))?.[1]) / 1024;
  const held = async () => (await metric(sluice.adminUrl, "sluice_peer_bytes_held")) / MB;
  const buffersMB = async () => (await metric(sluice.adminUrl, "nodejs_external_memory_bytes")) / MB;
  const cutOffs = (why?: string) => metric(sluice.adminUrl, "sluice_cut_off_calls_total", why === undefined ? {} : { why });
  const turns = async () => {
    const tellings = () => lines.filter((line) => line.startsWith("loop-stalls"));
    const before = tellings().length;
    sluice.child.signal("SIGUSR2");
    const line = await waitFor("it tells its longest turn", () => tellings()[before]);
    const told = JSON.parse(line.slice("loop-stalls ".length)) as Pick<Toll, "longestTurnMs" | "longTurnsShare">;
    return { longestTurnMs: told.longestTurnMs, longTurnsShare: told.longTurnsShare };
  };
  const { pid: loadPid, tell } = measuredLoad(sluice.extProc);
  const goesFirst = [sluice.child.pid, loadPid].every((pid) => rankSession(pid, -HOSTILE_NICENESS));
  await tell(CALLS_BEFORE);
  const beforeMB = status("VmRSS");
  const buffersBeforeMB = await buffersMB();

  async function attack({ kinds, connections, cutOffs: enough, forMs = 0 }: Attack): Promise<Toll> {
    const alreadyCutOff = await cutOffs();
    await tell(0);
    const alone = await tell(CALLS_BEFORE);
    await turns();
    writeFileSync(proc("clear_refs"), "5"); // the peak begins anew
    const startedAt = performance.now();
    let mostHeldMB = 0;
    const args = [HOSTILE_PEERS, sluice.extProc, String(connections), ...kinds];
    const hostile = spawn(process.execPath, args, { stdio: ["pipe", "inherit", "inherit"], detached: true });
    if (hostile.pid !== undefined) setPriority(hostile.pid, HOSTILE_NICENESS);
    if (!goesFirst) rankSession(hostile.pid, HOSTILE_NICENESS);
    const over = new Promise((resolve) => hostile.once("exit", resolve));
    stopAtEnd(async () => void hostile.stdin.end());
    const hasShown = async () => {
      mostHeldMB = Math.max(mostHeldMB, await held());
      return performance.now() - startedAt > forMs && (await cutOffs()) - alreadyCutOff > enough;
    };
    await waitFor("the attack has shown what it can do", hasShown, forMs + 120_000);
    const toll = await turns();
    const others = await tell(1);
    hostile.stdin.end();
    await over;
    await waitFor("all of it is let go", async () => (await held()) < 1, 30_000);
    await waitFor("its garbage is collected", async () => (await buffersMB()) < buffersBeforeMB + GARBAGE_MB, 30_000);
    const [most, left] = [status("VmHWM"), status("VmRSS")].map((mb) => Math.round(mb - beforeMB));
    return { mostMB: most ?? 0, mostHeldMB, others, alone, goesFirst, ...toll, leftMB: left ?? 0 };
  }

  return { attack, cutOffs };
}

/**
 * Linux shares the processor between sessions first (autogroups), and sluice has one of its own: a process's niceness counts only within
 * its session. False: this kernel does not, or we may not have it so.
 */
function rankSession(pid: number | undefined, niceness: number): boolean {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
    return true;
  } catch {
    return false;
  }
}

/** Tells of so many calls at least, since it told before. */
function measuredLoad(address: string) {
  const child = spawn(process.execPath, [MEASURED_LOAD, address], { stdio: ["pipe", "pipe", "inherit"], detached: true });
  const over = new Promise((resolve) => child.once("exit", resolve));
  stopAtEnd(async () => {
    child.stdin.end();
    await over;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const tell = async (calls: number) => {
    child.stdin.write(`${calls}\n`);
    const line = await lines.next();
    if (line.done) throw new Error("the measured load ended");
    return JSON.parse(line.value) as Telling;
  };
  return { pid: child.pid, tell };
}
