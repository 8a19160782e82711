// What the Prometheus rules and the Envoy dashboard read is what a real Envoy says, with sluice and after its end.
import { describe, expect, it } from "vitest";
import { dashboardFiles } from "../../scripts/dashboards.ts";
import { ruleGroups } from "../../scripts/prometheus-rule.ts";
import { filledIn, metricsOf } from "../deploy/promql.ts";
import { OLDEST_ENVOY } from "../support/envoy.ts";
import { ask, chat } from "../support/requests.ts";
import { startStack, type TestStack } from "../support/stack.ts";

const DASHBOARD_QUERIES = [...dashboardFiles().values()].flatMap((text) => [...text.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)]);
const EXPRESSIONS = [
  ...ruleGroups().flatMap(({ rules }) => rules.map(({ expr }) => expr)),
  ...DASHBOARD_QUERIES.map(([, json = ""]) => filledIn(JSON.parse(json) as string)),
];
const USES = EXPRESSIONS.flatMap(metricsOf).filter(({ name }) => name.startsWith("envoy_"));

/** Rules that read these do without them, too (see their promtool tests). */
const NOT_IN_OLDEST = ["envoy_cluster_upstream_rq_active_overflow"];

interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

async function samplesOf({ envoy }: TestStack): Promise<readonly Sample[]> {
  const text = await (await fetch(`${envoy.adminUrl}/stats/prometheus`)).text();
  return [...text.matchAll(/^(\w+)\{(.*)\} (\S+)$/gm)].map(([, name = "", labels = "", value]) => ({ name, labels, value: Number(value) }));
}

describe.each([
  { envoy: "this Envoy", version: {}, without: [] },
  { envoy: `Envoy ${OLDEST_ENVOY}`, version: { version: OLDEST_ENVOY }, without: NOT_IN_OLDEST },
])("$envoy", ({ version, without }: { version: { version?: string }; without: readonly string[] }) => {
  it("has every metric that rules and dashboards name, with those labels; and counts what passes when sluice is gone", async () => {
    const stack = await startStack({ envoy: version });
    await ask(stack.url, chat("hello"));
    const samples = await samplesOf(stack);
    const has = (name: string, labels: readonly string[]) =>
      samples.some((sample) => sample.name === name && labels.every((label) => label === "job" || sample.labels.includes(`${label}="`)));
    expect(USES.length).toBeGreaterThan(20);
    expect(USES.filter(({ name, labels }) => !has(name, labels) && !without.includes(name))).toEqual([]);
    expect(samples.some(({ labels }) => labels.includes('envoy_cluster_name="sluice"'))).toBe(true);

    await stack.sluice.stop();
    for (let sent = 0; sent < 10; sent++) expect((await ask(stack.url, chat("hello"))).status).toBe(200);
    const after = await samplesOf(stack);
    const countOf = (name: string) => after.filter((sample) => sample.name === name).reduce((sum, { value }) => sum + value, 0);
    expect(countOf("envoy_http_ext_proc_failure_mode_allowed")).toBe(10);
    expect(countOf("envoy_http_ext_proc_streams_started")).toBe(11);
    await stack.stop();
  });
});
