// The local stack: two model servers (stand-ins, or real ones at URLs), sluice inside this process, and Envoy in front.
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { SluiceError } from "../../errors.ts";
import { listenError } from "../../listen-address.ts";
import { caFile } from "./ca-file.ts";
import type { Child } from "./child.ts";
import { adaptEnvoyConfig, readEnvoyYaml, type TierServer } from "./envoy-config.ts";
import { startEnvoy } from "./envoy-process.ts";
import { withCascade } from "./optional-lines.ts";
import { startStandIn } from "./stand-in-process.ts";

export interface LocalStackOptions {
  readonly envoyBin: string;
  readonly port: number; // of Envoy's listener, on loopback
  readonly weak: TierServer | undefined; // undefined: a stand-in
  readonly strong: TierServer | undefined;
  readonly cascades: boolean; // sluice's configuration has a cascade
  readonly startSluice: () => Promise<RunningSluice>;
}

/** A server of sluice, in this process or another. */
export interface RunningSluice {
  readonly extProcAddress: string | readonly string[]; // as bound; of several processes, each
  readonly adminAddress: string;
  close(): Promise<void>;
}

export interface LocalStack {
  readonly url: string; // of Envoy's listener
  readonly envoyAdminUrl: string;
  readonly sluiceAdminUrl: string;
  readonly ended: Promise<SluiceError>; // a process ended that should not have
  stop(): Promise<void>;
}

const STREAMED_WORD_MS = 60; // between the words of a stand-in's streamed answer: slow enough to be seen

/** Starts everything; what was started is stopped again when a part fails. Throws what that part throws. */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const stopPart of stops.splice(0).reverse()) await stopPart();
  };
  const children: { readonly name: string; readonly child: Child }[] = [];
  const tier = async (name: string, server: TierServer | undefined): Promise<TierServer> => {
    if (server !== undefined) return server;
    const standIn = await startStandIn(name, { chunkDelayMs: STREAMED_WORD_MS });
    stops.push(standIn.stop);
    children.push({ name: `the ${name} stand-in`, child: standIn.child });
    return { kind: "address", address: standIn.address };
  };
  try {
    await requireFreePort(options.port);
    const app = await options.startSluice();
    stops.push(app.close);
    const tiers = { weak: await tier("weak", options.weak), strong: await tier("strong", options.strong) };
    const certificates = caFile(process.env, tmpdir());
    const addresses = { port: options.port, adminPort: 0, sluice: app.extProcAddress, tiers, caFile: certificates };
    const yaml = options.cascades ? withCascade(readEnvoyYaml()) : readEnvoyYaml();
    const envoy = await startEnvoy({ bin: options.envoyBin, config: adaptEnvoyConfig(yaml, addresses) });
    stops.push(envoy.stop);
    children.push({ name: "Envoy", child: envoy.child });
    return {
      url: envoy.url,
      envoyAdminUrl: envoy.adminUrl,
      sluiceAdminUrl: `http://${app.adminAddress}`,
      ended: Promise.race(children.map(({ name, child }) => child.exited.then(() => endedError(name, child)))),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function endedError(name: string, child: Child): SluiceError {
  const message = `${name} ended while it should serve: ${child.lastLines().at(-1) ?? "it said nothing"}`;
  return new SluiceError(name === "Envoy" ? "envoy-failed-to-start" : "listen-failed", message);
}

/** Envoy itself would share the port with another Envoy of this user (SO_REUSEPORT), and requests would go to either. */
function requireFreePort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (cause) => {
      const { code, message } = listenError({ kind: "tcp", host: "127.0.0.1", port }, cause);
      reject(new SluiceError(code, message, { hint: "Stop that process, or choose another port with --port." }));
    });
    server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
  });
}
