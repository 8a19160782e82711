// A sluice with hostile peers at it, and a well-behaved one beside them: what it takes of memory, and how long the other waits.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { extProcLoad } from "./ext-proc-load.ts";
import { metric } from "./metrics.ts";
import { startSluice } from "./sluice.ts";
import { stopAtEnd } from "./teardown.ts";
import { waitFor } from "./wait-for.ts";

const HOSTILE_PEERS = fileURLToPath(new URL("./hostile-peers.ts", import.meta.url));
const CHAT = JSON.stringify({ messages: [{ role: "user", content: "What is the capital of France?" }] });

export interface Attack {
  readonly kinds: readonly string[];
  readonly connections: number;
  readonly budgetBytes: number;
  /** Goes on until this is so. */
  readonly until: (heldBytes: number, cutOffs: number) => boolean;
  readonly forMs?: number; // at least
}

export interface Toll {
  readonly beforeBytes: number; // resident
  readonly mostBytes: number; // since the attack began
  readonly mostHeldBytes: number; // as the gauge says
  readonly answers: ReadonlyMap<string, number>; // of the well-behaved peer
  readonly p99Ms: number; // it waited, during the attack
  readonly adminUrl: string;
  residentBytes(): number;
}

export async function attacked({ kinds, connections, budgetBytes, until, forMs = 0 }: Attack): Promise<Toll> {
  const sluice = await startSluice({ config: `limits: { bodyBudgetBytes: ${budgetBytes} }` });
  const load = extProcLoad(sluice.extProc, CHAT, 2);
  const answered = () => [...load.answers.values()].reduce((sum, count) => sum + count, 0);
  await waitFor("it has served for a while", () => answered() > 300, 60_000);
  const file = (name: string) => readFileSync(`/proc/${sluice.child.pid}/${name}`, "utf8");
  const status = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(file("status"))?.[1]) * 1024;
  const held = () => metric(sluice.adminUrl, "sluice_peer_bytes_held");
  const beforeBytes = status("VmRSS");
  let [mostBytes, mostHeldBytes] = [beforeBytes, 0];
  load.startOver();
  const startedAt = performance.now();
  const hostile = spawn(process.execPath, [HOSTILE_PEERS, sluice.extProc, String(connections), ...kinds], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  const over = new Promise((resolve) => hostile.once("exit", resolve));
  stopAtEnd(async () => void hostile.stdin.end());
  await waitFor(
    "the attack has shown what it can do",
    async () => {
      const heldNow = await held();
      mostHeldBytes = Math.max(mostHeldBytes, heldNow);
      mostBytes = Math.max(mostBytes, status("VmRSS"));
      const cutOffs = await metric(sluice.adminUrl, "sluice_cut_off_calls_total");
      return performance.now() - startedAt > forMs && until(heldNow, cutOffs);
    },
    120_000,
  );
  const p99Ms = load.p99Ms();
  hostile.stdin.end();
  await over;
  await waitFor("all of it is let go", async () => (await held()) < 1 << 20, 30_000);
  mostBytes = Math.max(mostBytes, status("VmHWM"));
  await load.stop();
  return {
    beforeBytes,
    mostBytes,
    mostHeldBytes,
    answers: load.answers,
    p99Ms,
    adminUrl: sluice.adminUrl,
    residentBytes: () => status("VmRSS"),
  };
}
