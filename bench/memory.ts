// What sluice holds in memory, and of that what Node.js and the transport hold by themselves: `sluice serve` beside a filter that reads
// nothing and answers that nothing is changed; that one is TypeScript, and the compiler that strips its types stays in its memory: some
// 30 MB that are not of the transport. At the start, then after requests of 1 KB and of 16 KB. Needs `npm run build`, and Linux.
//
//   npm run bench -- memory
import { connect } from "node:http2";
import { fileURLToPath } from "node:url";
import { heapEnvironment, heapFlags } from "../src/cli/heap-flags.ts";
import { startChild } from "../src/setup/stack/child.ts";
import { waitFor } from "../test/support/wait-for.ts";
import { bodyMessage, frame, headersMessage, startServer } from "./driven-server.ts";
import { call } from "./filter.ts";
import { residentMb } from "./process-cost.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const STEPS = [
  { name: "after 1 KB", bytes: 1 << 10, requests: 30_000 },
  { name: "after 16 KB", bytes: 16 << 10, requests: 10_000 },
] as const;
const CALLS_IN_FLIGHT = 16;
const READY_MS = 20_000;
const EMPTY = fileURLToPath(new URL("./peer-filter.ts", import.meta.url));

interface Filter {
  readonly address: string;
  readonly pid: number;
  stop(): unknown;
}

const FILTERS: Readonly<Record<string, () => Promise<Filter>>> = { sluice: startSluice, "the empty filter": startEmpty };

export async function benchMemory(rounds = 3): Promise<void> {
  const cells = new Map<string, number[][]>(Object.keys(FILTERS).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, start] of Object.entries(FILTERS)) cells.get(name)?.push(await heldBy(await start()));
  }
  console.log(`\nMemory in MB (${rounds} rounds): median [min–max]. Files: pages of Node.js's program, which other processes share`);
  const steps = ["at the start", ...STEPS.map(({ name }) => name)];
  printTable(
    ["filter", ...steps, "of that files"],
    [...cells].map(([name, values]) => [
      name,
      ...[...steps, ""].map((_, column) => shown(spreadOf(values.map((row) => row[column] ?? 0)))),
    ]),
  );
}

/** All of it at each step, then of the last what is of files. */
async function heldBy({ address, pid, stop }: Filter): Promise<number[]> {
  const held = () => residentMb(pid).own + residentMb(pid).files;
  const session = connect(`http://${address}`, { settings: { initialWindowSize: 1 << 20 } });
  try {
    const values = [held()];
    for (const { bytes, requests } of STEPS) {
      const [headers, body] = [frame(headersMessage(bytes, undefined)), frame(bodyMessage(bytes))];
      let left = requests;
      const worker = async () => {
        while (left-- > 0) await call(session, headers, body);
      };
      await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, worker));
      values.push(held());
    }
    return [...values, residentMb(pid).files];
  } finally {
    session.destroy();
    await stop();
  }
}

async function startSluice(): Promise<Filter> {
  const { extProc, child, stop } = await startServer();
  if (child.pid === undefined) throw new Error("invariant: a server that serves has been started");
  return { address: extProc, pid: child.pid, stop };
}

/** With the flags and settings that `serve` gives itself. */
async function startEmpty(): Promise<Filter> {
  let address: string | undefined;
  const onLine = (line: string) => {
    address ??= /listening on ([\d.]+:\d+)/.exec(line)?.[1];
  };
  const args = [...heapFlags(process.versions.node), EMPTY, "http2", "empty"];
  const child = startChild(process.execPath, args, { onLine, env: heapEnvironment(process.env) });
  await waitFor("the filter listens", () => address !== undefined || child.hasExited(), READY_MS);
  if (address === undefined || child.pid === undefined) throw new Error(`the filter ended: ${child.lastLines().join("\n")}`);
  return { address, pid: child.pid, stop: child.stop };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchMemory();
