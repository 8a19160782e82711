// What mutual TLS adds: CPU of the server per request beside one in plain text, in turn, and per handshake. Run: node bench/tls.ts
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:tls";
import { certificateFolder, newCa } from "../test/support/certificates.ts";
import { type RunningServer, startServer } from "./driven-server.ts";
import { measure, SIZES } from "./filter.ts";
import { printTable, shown, spreadOf } from "./table.ts";

const ROUNDS = 5;
const SECONDS = 4;
const HANDSHAKES = 300;

const ca = newCa();
const files = certificateFolder(ca.issue({ name: "sluice" }), ca.cert);
const client = { ca: ca.cert, ...ca.issue({ name: "envoy", usage: "client" }) };
const tls = `tls: { certFile: ${files.certFile}, keyFile: ${files.keyFile}, clientCaFile: ${files.clientCaFile} }`;

/** CPU in µs of a handshake with a certificate on both sides (RSA 2048), none resumed. */
async function handshakeMicros({ extProc, cpuSeconds }: RunningServer): Promise<number> {
  const [host, port] = extProc.split(":");
  const before = await cpuSeconds();
  for (let i = 0; i < HANDSHAKES; i++) {
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ ...client, host, port: Number(port), ALPNProtocols: ["h2"] });
      socket.once("data", () => socket.destroy()); // its SETTINGS
      socket.once("close", () => resolve()).once("error", reject);
    });
  }
  return (((await cpuSeconds()) - before) / HANDSHAKES) * 1e6;
}

const [plain, secured] = await Promise.all([startServer(), startServer({ listen: tls })]);
const settings = { initialWindowSize: 1 << 20 };
const sessions = [
  connectHttp2(`http://${plain.extProc}`, { settings }),
  connectHttp2(`https://${secured.extProc}`, { settings, ...client }),
];
try {
  const cells = SIZES.map((size) => ({ size, plain: [] as number[], secured: [] as number[], ratio: [] as number[] }));
  const handshakes: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    for (const cell of cells) {
      const [one, other] = sessions;
      if (one === undefined || other === undefined) throw new Error("no sessions");
      const used = [await measure(plain, one, cell.size, SECONDS), await measure(secured, other, cell.size, SECONDS)] as const;
      if (round < 0) continue; // the first round warms up
      cell.plain.push(used[0]);
      cell.secured.push(used[1]);
      cell.ratio.push(used[1] / used[0]);
    }
    const micros = await handshakeMicros(secured);
    if (round >= 0) handshakes.push(micros);
  }
  console.log(`\nCPU µs of the server per request, plain and with mutual TLS (${ROUNDS} rounds): median [min–max]`);
  printTable(
    ["body", "plain", "TLS", "ratio"],
    cells.map((cell) => [`${cell.size >> 10} KB`, shown(spreadOf(cell.plain)), shown(spreadOf(cell.secured)), shown(spreadOf(cell.ratio))]),
  );
  console.log(`a handshake: ${shown(spreadOf(handshakes))} µs`);
} finally {
  for (const session of sessions) session.destroy();
  plain.stop();
  secured.stop();
  files.remove();
}
