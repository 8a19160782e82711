// What a request costs in CPU from the first one on, first of 1 KB, then of 16 and 256 KB: as `serve` does it; not rehearsed
// (src/cli/rehearsal.ts); and with V8 not told to compile soon either (src/cli/compile-soon.ts). Each round starts a `sluice serve` process
// of each kind and drives it as Envoy does; the clients' own CPU is not counted. Needs `npm run build`.
//
//   npm run bench -- warm
import { connect } from "node:http2";
import { fileURLToPath } from "node:url";
import { bodyMessage, frame, headersMessage, startServer } from "./driven-server.ts";
import { call } from "./filter.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const CALLS_IN_FLIGHT = 4;
const WINDOWS = [
  { bytes: 1 << 10, requests: 2500 },
  { bytes: 1 << 10, requests: 2500 },
  { bytes: 1 << 10, requests: 5000 },
  { bytes: 1 << 10, requests: 15_000 },
  { bytes: 16 << 10, requests: 300 },
  { bytes: 16 << 10, requests: 600 },
  { bytes: 16 << 10, requests: 2000 },
  { bytes: 256 << 10, requests: 50 },
  { bytes: 256 << 10, requests: 300 },
] as const;
const CALL_OF = new Map(
  WINDOWS.map(({ bytes }) => [bytes, { headers: frame(headersMessage(bytes, undefined)), body: frame(bodyMessage(bytes)) }]),
);

/** Takes away what the program does to be warm: nobody can be connected to, and V8 does not hear when to compile. */
const ALONE = `import net from "node:net"; import { syncBuiltinESMExports } from "node:module";
net.connect = () => { throw new Error("nobody is connected to"); }; syncBuiltinESMExports();`;
const UNTOLD = `import v8 from "node:v8"; import { syncBuiltinESMExports } from "node:module";
const tell = v8.setFlagsFromString;
v8.setFlagsFromString = (flag) => (flag.includes("invocation") ? undefined : tell(flag)); syncBuiltinESMExports();`;
const imported = (program: string) => `--import=data:text/javascript,${encodeURIComponent(program)}`;
const KINDS = [
  { name: "as it is", nodeArgs: [] },
  { name: "not rehearsed", nodeArgs: [imported(ALONE)] },
  { name: "V8 by itself", nodeArgs: [imported(ALONE), imported(UNTOLD)] },
] as const;

export async function benchWarm(rounds = 5): Promise<void> {
  const cells = KINDS.map(() => WINDOWS.map((): number[] => []));
  for (let round = 0; round < rounds; round++) {
    for (const [kind, { nodeArgs }] of KINDS.entries()) {
      for (const [window, micros] of (await microsFromTheStart(nodeArgs)).entries()) cells[kind]?.[window]?.push(micros);
    }
  }
  console.log(`\nFrom the first request on, CPU µs of the server per request (${rounds} rounds): median [min–max]`);
  printTable(
    ["the next", ...WINDOWS.map(({ bytes, requests }) => `${requests} of ${bytes >> 10} KB`)],
    KINDS.map(({ name }, kind) => [name, ...(cells[kind] ?? []).map((values) => shown(spreadOf(values)))]),
  );
}

async function microsFromTheStart(nodeArgs: readonly string[]): Promise<readonly number[]> {
  const server = await startServer({ nodeArgs });
  const session = connect(`http://${server.extProc}`, { settings: { initialWindowSize: 1 << 20 } });
  try {
    const micros: number[] = [];
    for (const { bytes, requests } of WINDOWS) {
      const { headers, body } = CALL_OF.get(bytes) ?? never(bytes);
      const before = await server.cpuSeconds();
      let left = requests;
      const worker = async () => {
        while (left-- > 0) await call(session, headers, body);
      };
      await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, worker));
      micros.push((((await server.cpuSeconds()) - before) / requests) * 1e6);
    }
    return micros;
  } finally {
    session.destroy();
    server.stop();
  }
}

function never(bytes: number): never {
  throw new Error(`invariant: a call of ${bytes} bytes is made`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchWarm();
