// The flags of `sluice init`, and the answers that they come to.
import { SluiceError } from "../errors.ts";
import type { Answers, Gateway, Traffic } from "../setup/init/answers.ts";
import type { ServerUrl } from "../setup/stack/server-url.ts";

export interface InitOptions {
  readonly weak?: ServerUrl | undefined;
  readonly strong?: ServerUrl | undefined;
  readonly weakModel?: string | undefined;
  readonly strongModel?: string | undefined;
  readonly traffic?: Traffic | undefined;
  readonly gateway?: Gateway | undefined;
  readonly out?: string | undefined;
  readonly yes: boolean;
}

/** Of `--yes`. */
const DEFAULTS = { traffic: "chat", gateway: "envoy", out: "." } as const;

/** Flags that there must be; with `--yes` the others have defaults. */
export function missingFlags({ weak, strong, traffic, gateway, yes }: InitOptions): readonly string[] {
  return [
    ...(weak === undefined ? ["--weak URL"] : []),
    ...(strong === undefined ? ["--strong URL"] : []),
    ...(traffic === undefined && !yes ? ["--traffic chat|agents"] : []),
    ...(gateway === undefined && !yes ? ["--gateway envoy|kgateway|envoy-gateway|none"] : []),
  ];
}

/** Throws `init-incomplete`. */
export function answersOf(options: InitOptions): Answers & { readonly out: string } {
  const { weak, strong, weakModel, strongModel, traffic = DEFAULTS.traffic, gateway = DEFAULTS.gateway, out = DEFAULTS.out } = options;
  const missing = missingFlags(options);
  if (weak === undefined || strong === undefined || missing.length > 0) {
    throw new SluiceError("init-incomplete", `not given: ${missing.join(", ")}`);
  }
  return { tiers: { weak: { url: weak, model: weakModel }, strong: { url: strong, model: strongModel } }, traffic, gateway, out };
}
