// What the doctor finds, with sluice's default settings: in manifests, and in the Envoy that a gateway runs by them.
import type { FindingId } from "../../../src/setup/doctor/catalogue.ts";
import { checkWiring } from "../../../src/setup/doctor/check-wiring.ts";
import { askEnvoy } from "../../../src/setup/doctor/envoy-admin.ts";
import type { SluiceSettings } from "../../../src/setup/doctor/finding.ts";
import { diagnoseManifests } from "../../../src/setup/doctor/manifests/manifests.ts";
import { readConfigDump } from "../../../src/setup/doctor/read-envoy.ts";
import type { GatewayEnvoy } from "./kgateway.ts";

const SETTINGS: SluiceSettings = { tiers: ["weak", "strong"], maxBodyBytes: 16_777_216, countsResets: false };

export function inManifests(text: string): readonly FindingId[] {
  return diagnoseManifests([{ name: "all.yaml", text }], SETTINGS).map(({ id }) => id);
}

export async function inEnvoy({ adminUrl }: GatewayEnvoy, more: Partial<SluiceSettings> = {}): Promise<readonly FindingId[]> {
  const { configDump, stats } = await askEnvoy(adminUrl);
  return checkWiring(readConfigDump(configDump, stats), { ...SETTINGS, ...more }).map(({ id }) => id);
}
