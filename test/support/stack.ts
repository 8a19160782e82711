// The whole thing for tests: Envoy, sluice and a stand-in for each tier, each a process of its own.
import { startStandIn } from "../../src/setup/stack/stand-in-process.ts";
import { startEnvoy, type TestEnvoy, type TestEnvoyOptions } from "./envoy.ts";
import { withTier } from "./more-tiers.ts";
import { startSluice, type TestSluice, type TestSluiceOptions } from "./sluice.ts";
import { type StandIns, startStandIns } from "./stand-ins.ts";
import { stopAtEnd } from "./teardown.ts";

export interface TestStackOptions {
  readonly sluice?: TestSluiceOptions;
  readonly envoy?: Omit<TestEnvoyOptions, "sluice" | "weak" | "strong">;
  readonly moreTiers?: readonly string[]; // beside weak and strong
}

export interface TestStack {
  readonly url: string; // of Envoy's listener
  readonly envoy: TestEnvoy;
  readonly sluice: TestSluice;
  readonly standIns: StandIns;
  envoyStats(filter: string): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<void>; // for tests that do not want to wait for the end of the file
}

export async function startStack(options: TestStackOptions = {}): Promise<TestStack> {
  const [sluice, standIns, moreTiers] = await Promise.all([
    startSluice(options.sluice),
    startStandIns(),
    Promise.all((options.moreTiers ?? []).map(startTier)),
  ]);
  const addresses = { sluice: sluice.extProc, weak: standIns.weak.address, strong: standIns.strong.address };
  const edits = [options.envoy?.edit ?? [], moreTiers.map(({ edit }) => edit)].flat();
  const edit = (yaml: string) => edits.reduce((edited, apply) => apply(edited), yaml);
  const envoy = await startEnvoy({ ...options.envoy, ...addresses, ...(edits.length > 0 ? { edit } : {}) });
  const stop = async () => {
    await envoy.stop();
    await Promise.all([sluice, standIns, ...moreTiers].map((part) => part.stop()));
  };
  return { url: envoy.url, envoy, sluice, standIns, envoyStats: envoy.stats, stop };
}

async function startTier(tier: string) {
  const { address, stop } = await startStandIn(tier);
  stopAtEnd(stop);
  return { stop, edit: (yaml: string) => withTier(yaml, tier, address) };
}
