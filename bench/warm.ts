// What a request of 1 KB costs in CPU from the first one on, with V8 told to compile soon (src/cli/compile-soon.ts) and as it does by
// itself. Each round starts a `sluice serve` process of either kind and drives it as Envoy does; the clients' own CPU is not counted. Needs
// `npm run build`.
//
//   npm run bench -- warm
import { connect } from "node:http2";
import { fileURLToPath } from "node:url";
import { bodyMessage, frame, headersMessage, startServer } from "./driven-server.ts";
import { call } from "./filter.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const BODY_BYTES = 1024;
const [HEADERS, BODY] = [frame(headersMessage(BODY_BYTES, undefined)), frame(bodyMessage(BODY_BYTES))];
const CALLS_IN_FLIGHT = 16;
const WINDOWS = [2500, 2500, 5000, 5000, 15_000, 10_000]; // requests

/** Takes away what the program tells V8 while it runs. */
const UNTOLD = `import v8 from "node:v8"; import { syncBuiltinESMExports } from "node:module";
v8.setFlagsFromString = () => {}; syncBuiltinESMExports();`;
const KINDS = [
  { name: "compiled soon", nodeArgs: [] },
  { name: "V8 by itself", nodeArgs: [`--import=data:text/javascript,${encodeURIComponent(UNTOLD)}`] },
] as const;

export async function benchWarm(rounds = 5): Promise<void> {
  const cells = KINDS.map(() => WINDOWS.map((): number[] => []));
  for (let round = 0; round < rounds; round++) {
    for (const [kind, { nodeArgs }] of KINDS.entries()) {
      for (const [window, micros] of (await microsFromTheStart(nodeArgs)).entries()) cells[kind]?.[window]?.push(micros);
    }
  }
  console.log(`\nFrom the first request on, CPU µs of the server per request (${rounds} rounds): median [min–max]`);
  const ends = WINDOWS.map((_, index) => WINDOWS.slice(0, index + 1).reduce((sum, requests) => sum + requests, 0));
  printTable(
    ["requests up to", ...ends.map(String)],
    KINDS.map(({ name }, kind) => [name, ...(cells[kind] ?? []).map((values) => shown(spreadOf(values)))]),
  );
}

async function microsFromTheStart(nodeArgs: readonly string[]): Promise<readonly number[]> {
  const server = await startServer({ nodeArgs });
  const session = connect(`http://${server.extProc}`, { settings: { initialWindowSize: 1 << 20 } });
  try {
    const micros: number[] = [];
    for (const requests of WINDOWS) {
      const before = await server.cpuSeconds();
      let left = requests;
      const worker = async () => {
        while (left-- > 0) await call(session, HEADERS, BODY);
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

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchWarm();
