// The whole thing for tests: Envoy, sluice and two stand-ins, each a process of its own.
import { startEnvoy, type TestEnvoy, type TestEnvoyOptions } from "./envoy.ts";
import { startSluice, type TestSluice, type TestSluiceOptions } from "./sluice.ts";
import { type StandIns, startStandIns } from "./stand-ins.ts";

export interface TestStackOptions {
  readonly sluice?: TestSluiceOptions;
  readonly envoy?: Omit<TestEnvoyOptions, "sluice" | "weak" | "strong">;
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
  const [sluice, standIns] = await Promise.all([startSluice(options.sluice), startStandIns()]);
  const addresses = { sluice: sluice.extProc, weak: standIns.weak.address, strong: standIns.strong.address };
  const envoy = await startEnvoy({ ...options.envoy, ...addresses });
  const stop = async () => {
    await envoy.stop();
    await Promise.all([sluice.stop(), standIns.stop()]);
  };
  return { url: envoy.url, envoy, sluice, standIns, envoyStats: envoy.stats, stop };
}
