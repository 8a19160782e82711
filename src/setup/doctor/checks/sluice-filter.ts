// Which of Envoy's external processors is sluice, and how it is set where requests come in: others, an authorization service for one, may
// be there, too.
import { isObject, isOfType, objectOf } from "../envoy-json.ts";
import type { EnvoyWiring, HttpManager, JsonObject, Processor } from "../envoy-wiring.ts";
import type { SluiceSettings } from "../finding.ts";
import { clusterOf } from "../read-managers.ts";
import { chatPathsOf, hasTierRoutes, type Route, routeOf, type VirtualHost, virtualHostsOf } from "./routes.ts";

/** A connection manager that has to do with sluice: it asks it, or routes by what it decides. */
export interface Wired {
  readonly manager: HttpManager;
  readonly virtualHosts: readonly VirtualHost[]; // those that route by tier, or else those where sluice is asked
  readonly filter: SluiceFilter | undefined; // undefined: there is none that decides
  readonly observing: readonly Processor[]; // sluice's filters whose replies Envoy ignores
}

export interface SluiceFilter {
  readonly processor: Processor;
  /** The ExternalProcessor message, with what the route that requests match first says otherwise. */
  readonly config: JsonObject;
  readonly cluster: string | undefined;
  /** Routes that chat requests match first, with the filter off. */
  readonly offOn: readonly Route[];
}

export function wiredManagers(wiring: EnvoyWiring, settings: SluiceSettings): readonly Wired[] {
  const ours = sluiceProcessors(wiring, settings);
  return wiring.managers.flatMap((manager) => {
    const processors = manager.processors.filter((processor) => ours.has(processor));
    const all = virtualHostsOf(manager);
    if (processors.length === 0 && !all.some(hasTierRoutes)) return [];
    const observing = processors.filter(observes);
    const processor = processors.find((candidate) => !observes(candidate));
    const virtualHosts = all.some(hasTierRoutes) ? all.filter(hasTierRoutes) : all.filter((host) => isAskedIn(host, processor, manager));
    return [{ manager, virtualHosts, filter: processor && filterOf(processor, virtualHosts, manager), observing }];
  });
}

/** By the cluster that was named; else those whose cluster or own name says sluice; else all, where they share a cluster. */
function sluiceProcessors({ managers }: EnvoyWiring, { cluster }: SluiceSettings): ReadonlySet<Processor> {
  const all = managers.flatMap((manager) => manager.processors);
  if (cluster !== undefined) return new Set(all.filter((processor) => processor.cluster === cluster));
  const named = all.filter((processor) => /sluice/i.test(`${processor.cluster} ${processor.name}`));
  if (named.length > 0) return new Set(named);
  return new Set(new Set(all.map((processor) => processor.cluster)).size === 1 ? all : []);
}

function observes(processor: Processor): boolean {
  return processor.config["observability_mode"] === true;
}

function isAskedIn(virtualHost: VirtualHost, processor: Processor | undefined, manager: HttpManager): boolean {
  if (processor === undefined) return false;
  const first = firstRoutes(virtualHost);
  return first.length > 0 && first.every((route) => settingOn(route, processor, manager).isOn);
}

function filterOf(processor: Processor, virtualHosts: readonly VirtualHost[], manager: HttpManager): SluiceFilter {
  const routes = virtualHosts.flatMap(firstRoutes).map((route) => ({ route, setting: settingOn(route, processor, manager) }));
  const overrides = routes.find(({ setting }) => setting.isOn)?.setting.overrides ?? {};
  const config = { ...processor.config, ...overrides };
  return { processor, config, cluster: clusterOf(config), offOn: routes.filter(({ setting }) => !setting.isOn).map(({ route }) => route) };
}

/** The routes that chat requests without a tier take, each once. */
export function firstRoutes(virtualHost: VirtualHost): readonly Route[] {
  const routes = chatPathsOf(virtualHost).map((path) => routeOf(virtualHost, { path }));
  return [...new Set(routes.filter((route) => route !== undefined))];
}

/** kgateway switches all its external processors off on a route by a filter of its own that comes before them. */
const KGATEWAY_ALL_OFF = "global_disable/ext_proc";

interface FilterSetting {
  readonly isOn: boolean;
  readonly overrides: JsonObject; // ExtProcOverrides
}

/** The most specific one counts: the route's, its virtual host's, the route configuration's, the filter's own. */
function settingOn({ config, virtualHost }: Route, { name, offByDefault }: Processor, manager: HttpManager): FilterSetting {
  const levels = [config, virtualHost.config, manager.routes ?? {}].map((level) => objectOf(level["typed_per_filter_config"]));
  if (levels.some((level) => level[KGATEWAY_ALL_OFF] !== undefined)) return { isOn: false, overrides: {} };
  const setting = levels.map((level) => level[name]).find(isObject);
  if (setting === undefined) return { isOn: !offByDefault, overrides: {} };
  const inner = isOfType(setting, "FilterConfig") ? objectOf(setting["config"]) : setting;
  return { isOn: setting["disabled"] !== true && inner["disabled"] !== true, overrides: objectOf(inner["overrides"]) };
}
