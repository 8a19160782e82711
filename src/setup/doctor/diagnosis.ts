// What the doctor found, and in what: so that "no findings" says what was looked at, and is not silence.

import type { Severity } from "./catalogue.ts";
import { checkWiring } from "./check-wiring.ts";
import { counted } from "./counted.ts";
import type { EnvoyWiring } from "./envoy-wiring.ts";
import type { Finding, SluiceSettings } from "./finding.ts";
import { liveSigns } from "./live.ts";
import { diagnoseManifests, manifestsLookedAt } from "./manifests/manifests.ts";

export interface Diagnosis {
  /** The worst first. */
  readonly findings: readonly Finding[];
  /** `envoy.yaml: 1 listener, 1 ext_proc filter, 6 clusters`; a sentence each. */
  readonly lookedAt: readonly string[];
}

const SEVERITIES: readonly Severity[] = ["error", "warning", "note"];

/** Of one Envoy. `source`: what it was read from. */
export function diagnoseWiring(wiring: EnvoyWiring, settings: SluiceSettings, source: string): Diagnosis {
  const findings = [...checkWiring(wiring, settings), ...liveSigns(wiring, settings)];
  return { findings: worstFirst(findings), lookedAt: [`${source}: ${partsOf(wiring)}`] };
}

export function diagnoseGateway(files: Parameters<typeof diagnoseManifests>[0], settings: SluiceSettings): Diagnosis {
  return { findings: worstFirst(diagnoseManifests(files, settings)), lookedAt: manifestsLookedAt(files) };
}

/** Of several, each an Envoy of its own: places are named with the source in front. */
export function together(diagnoses: ReadonlyMap<string, Diagnosis>): Diagnosis {
  const placed = [...diagnoses].flatMap(([source, { findings }]) =>
    findings.map((finding) => (diagnoses.size === 1 ? finding : { ...finding, where: `${source}: ${finding.where}` })),
  );
  return { findings: worstFirst(placed), lookedAt: [...diagnoses.values()].flatMap(({ lookedAt }) => lookedAt) };
}

export function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return SEVERITIES.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}

function partsOf({ version, managers, clusters, stats }: EnvoyWiring): string {
  const processors = managers.reduce((sum, manager) => sum + manager.processors.length, 0);
  return [
    ...(version === undefined ? [] : [`Envoy ${version}`]),
    counted(managers.length, "listener"),
    counted(processors, "ext_proc filter"),
    counted(clusters.size, "cluster"),
    ...(stats === undefined ? [] : [counted(stats.size, "statistic")]),
  ].join(", ");
}
