// Recorder, Envoy as shipped, sluice, and a scripted server for each tier: what every client of these tests is run against.
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { expect } from "vitest";
import { startEnvoy } from "../../support/envoy.ts";
import { startSluice } from "../../support/sluice.ts";
import { waitFor } from "../../support/wait-for.ts";
import { type Received, type Script, startModelServer } from "./model-server.ts";
import { type Recorder, type Sent, startRecorder } from "./recorder.ts";
import { withoutModel } from "./without-model.ts";

const PAGE = readFileSync(new URL("../../../docs/coding-agents.md", import.meta.url), "utf8");
/** `agents` is the first configuration of docs/coding-agents.md, which `sluice init` writes, too. */
const CONFIGS = { agents: /```yaml\n([\s\S]*?)```/.exec(PAGE)?.[1] ?? "", default: "" } as const;

export interface StackOptions {
  readonly config: keyof typeof CONFIGS | { readonly yaml: string };
  readonly edit?: ((yaml: string) => string) | undefined; // of envoy.yaml
  readonly thinks?: ((tier: string) => boolean) | undefined; // its servers seal a thought with each answer; none does where it is not said
  readonly refusesForeign?: boolean; // its servers refuse what another one gave out
}

export const PROMPTS = { weak: "say hello", strong: "Please design a bridge" } as const;
export type Tier = keyof typeof PROMPTS;
export const TIERS = Object.keys(PROMPTS) as readonly Tier[];

/** What every answer of a tier says, unless a test has it say something else. */
export const said = (tier: string) => `Here speaks the ${tier} tier, word by word by word.`;
const ANSWER = said("{tier}");

export interface RecordedStack {
  readonly url: string; // for clients
  /** Sets what is answered from now on, and forgets what was recorded. */
  begin(script?: Partial<Script>): void;
  /** All that clients sent, with what reached a server, once all of it is answered. Holds each to be what sluice may make of it. */
  routed(): Promise<readonly Routed[]>;
  /** The same without holding them to anything. */
  answered(): Promise<readonly Answered[]>;
  readonly upgrades: Recorder["upgrades"];
}

export interface Routed {
  readonly path: string;
  readonly tier: string; // whose server got it
  readonly model: unknown; // that the client had asked for
  readonly sent: string;
  readonly streamed: Received["streamed"];
}

export interface Answered {
  readonly path: string;
  readonly tier: string;
  readonly reason: string; // sluice's
  readonly status: number; // as the client saw it
  readonly body: Buffer; // as the client sent it
  readonly headers: IncomingHttpHeaders; // as the server got them
}

export async function startRecordedStack(options: StackOptions | keyof typeof CONFIGS): Promise<RecordedStack> {
  const { config, edit, ...ofServers }: StackOptions = typeof options === "string" ? { config: options } : options;
  const script: Script = { text: ANSWER };
  const received: Received[] = [];
  let recorder: Recorder | undefined;
  const passedOn = (id: string) => recorder?.passedOn(id) ?? 0;
  const server = (tier: Tier) => startModelServer({ tier, script: () => script, received, passedOn, ...ofServers });
  const yaml = typeof config === "string" ? CONFIGS[config] : config.yaml;
  const [sluice, weak, strong] = await Promise.all([startSluice({ config: yaml }), server("weak"), server("strong")]);
  const envoy = await startEnvoy({ sluice: sluice.extProc, weak, strong, ...(edit === undefined ? {} : { edit }) });
  const recording = await startRecorder(envoy.url);
  recorder = recording;
  const done = () => waitFor("every request is answered", () => recording.sent.every(({ status }) => status !== 0));
  return {
    url: recording.url,
    upgrades: recording.upgrades,
    begin(next = {}) {
      Object.assign(script, { text: ANSWER, call: undefined, rounds: 1, ...next });
      recording.forget();
      received.length = 0;
    },
    async routed() {
      await done();
      return recording.sent.map((sent) => held(sent, received));
    },
    async answered() {
      await done();
      return recording.sent.map(({ id, path, status, body }) => {
        const { tier = "", reason = "", headers = {} } = received.find((got) => got.id === id) ?? {};
        return { path, tier, reason, status, body, headers };
      });
    },
  };
}

/** A chat without its model and without any other change, at the server of the tier that sluice told the client, asked once. */
function held(sent: Sent, all: readonly Received[]): Routed {
  const at = all.filter(({ id }) => id === sent.id);
  expect(at, `${sent.path} reached one server, once`).toHaveLength(1);
  const [got] = at;
  if (got === undefined) throw new Error("unreachable");
  const { body, models } = withoutModel(sent.body);
  expect(got.body.toString("latin1"), `the body of ${sent.path}`).toBe(body.toString("latin1"));
  expect({ path: got.path, attempt: got.attempt, models: models.length, status: sent.status, tier: sent.tier }).toEqual({
    path: sent.path,
    attempt: "1",
    models: 1,
    status: 200,
    tier: got.tier,
  });
  expect(got.streamed).not.toBe("held back");
  return { path: sent.path, tier: got.tier, model: models[0], sent: sent.body.toString("utf8"), streamed: got.streamed };
}
