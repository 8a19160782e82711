// The metrics of several processes as those of one: counters and histograms are added, gauges too, where a sum says something. What a
// process that has ended had counted stays in the sum, since a counter that falls looks like a restart of all.
import type { Exposition, ExpositionFormat } from "../outcome/telemetry/exposition.ts";

interface Family {
  readonly name: string; // without `_total`, as OpenMetrics has it
  readonly help: string;
  readonly kind: string;
  readonly samples: Map<string, Sample>; // by name and labels
}

interface Sample {
  value: number;
  count: number; // of processes
  exemplar: string;
}

export type Families = Map<string, Family>;

type Rule = (sum: number, next: number) => number;

const add: Rule = (sum, next) => sum + next;
/** Gauges that are no amount, by the name of the family. */
const RULES: readonly (readonly [RegExp, Rule])[] = [
  [/^nodejs_eventloop_lag_/, Math.max],
  [/^(?:sluice_build_info|nodejs_version_info|process_max_fds)$/, Math.max],
  [/^sluice_limit_store_up$/, Math.min],
  [/^sluice_rollout_(?:stage|share|status|evidence|more_requests)$/, Math.max], // each judges its own traffic
  [/^sluice_(?:policy_target_share|drift_psi|retrain_advised)$/, Math.max], // each watches its own traffic
  [/^sluice_limit_(?:amount|used|reserved|shift|forecast)$/, Math.max], // each sees the whole; the rest is what it may take of it
  [/^sluice_(?:breaker_state|tier_late_sizes|tier_predicted_first_byte_seconds)$/, Math.max], // each process sees for itself
  [/^(?:sluice_config_last_reload_successful|sluice_certificate_expiry_timestamp_seconds|process_start_time_seconds)$/, Math.min],
];
/** Each process moves its own. */
const MEAN = "sluice_policy_threshold";
const SAMPLE = /^([A-Za-z_:][\w:]*(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?) (\S+)(.*)$/;
const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
};

/** Reads OpenMetrics, as `expose("openmetrics")` writes it. */
export function parseMetrics(text: string): Families {
  const families: Families = new Map();
  let family: Family | undefined;
  let help = "";
  for (const line of text.split("\n")) {
    const [, what, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (what === "HELP") help = rest;
    else if (what === "TYPE") {
      family = { name, help, kind: rest, samples: new Map() };
      families.set(name, family);
    } else if (!line.startsWith("#")) {
      const [, key = "", value = "", exemplar = ""] = SAMPLE.exec(line) ?? [];
      if (key !== "") family?.samples.set(key, { value: numberOf(value), count: 1, exemplar });
    }
  }
  return families;
}

/** `ended`: of processes that are no more; what they counted is kept, what they held is not. */
export function sumMetrics(running: readonly Families[], ended: readonly Families[] = []): Families {
  const sum: Families = new Map();
  for (const families of running) for (const family of families.values()) addFamily(sum, family);
  for (const families of ended) for (const family of families.values()) if (family.kind !== "gauge") addFamily(sum, family);
  return sum;
}

function addFamily(sum: Families, { name, help, kind, samples }: Family): void {
  const into = sum.get(name) ?? { name, help, kind, samples: new Map<string, Sample>() };
  sum.set(name, into);
  const rule = kind === "gauge" ? (RULES.find(([names]) => names.test(name))?.[1] ?? add) : add;
  for (const [key, { value, count, exemplar }] of samples) {
    const known = into.samples.get(key);
    if (known === undefined) into.samples.set(key, { value, count, exemplar });
    else {
      known.value = rule(known.value, value);
      known.count += count;
      if (exemplar !== "") known.exemplar = exemplar;
    }
  }
}

export function formatMetrics(families: Families, format: ExpositionFormat): Exposition {
  const open = format === "openmetrics";
  const lines = [...families.values()].flatMap(({ name, help, kind, samples }) => {
    const shown = kind === "counter" && !open ? counterName(name, samples) : name;
    const rows = [...samples].map(([key, sample]) => {
      const value = name === MEAN ? sample.value / sample.count : sample.value;
      return `${key} ${textOf(value)}${open ? sample.exemplar : ""}`;
    });
    return [`# HELP ${shown} ${help}`, `# TYPE ${shown} ${kind}`, ...rows, ...(open ? [] : [""])];
  });
  return { contentType: CONTENT_TYPES[format], text: `${lines.join("\n")}\n${open ? "# EOF\n" : ""}` };
}

/** Prometheus' own format calls the family as its samples. */
function counterName(name: string, samples: ReadonlyMap<string, Sample>): string {
  const [first] = samples.keys();
  return first === undefined || first.startsWith(`${name}_total`) ? `${name}_total` : name;
}

function numberOf(text: string): number {
  return text === "+Inf" ? Number.POSITIVE_INFINITY : text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}

function textOf(value: number): string {
  return value === Number.POSITIVE_INFINITY
    ? "+Inf"
    : value === Number.NEGATIVE_INFINITY
      ? "-Inf"
      : Number.isNaN(value)
        ? "Nan"
        : String(value);
}
