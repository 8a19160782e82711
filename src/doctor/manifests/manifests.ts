// The doctor's look at a gateway's manifests, before they are applied: kgateway's or Envoy Gateway's, from files or from `kubectl get -o yaml`.
import type { Finding, SluiceSettings } from "../finding.ts";

export interface ManifestFile {
  readonly name: string; // as the user gave it: findings name it
  readonly text: string;
}

/** Every mistake found, in the order of the files. Throws `manifest-invalid`. */
export function diagnoseManifests(_files: readonly ManifestFile[], _settings: SluiceSettings): readonly Finding[] {
  return [];
}

/** What was looked at, and what could not be told from these files: a sentence each. */
export function manifestsLookedAt(_files: readonly ManifestFile[]): readonly string[] {
  return [];
}
