// Which external processors ask sluice where a request goes.
import type { EnvoyWiring } from "./envoy-wiring.ts";
import type { SluiceSettings } from "./finding.ts";
import type { Asking } from "./live.ts";

export function askingSluice(wiring: EnvoyWiring, settings: SluiceSettings): readonly Asking[] {
  const all = wiring.managers.flatMap((manager) => manager.processors.map((processor) => ({ manager, processor })));
  const deciding = all.filter(({ processor }) => processor.config["observability_mode"] !== true);
  return deciding.filter(({ processor }) => processor.cluster?.includes(settings.cluster ?? "sluice"));
}
