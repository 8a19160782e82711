// Writes the Grafana dashboards, deploy/grafana/dashboards/*.json, from scripts/dashboards/. Run: node scripts/dashboards.ts
import { writeFileSync } from "node:fs";
import {
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  VizLegendOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { DashboardDescription, Panel } from "./dashboards/description.ts";
import { ENVOY } from "./dashboards/envoy.ts";
import { OVERVIEW } from "./dashboards/overview.ts";
import { POLICY } from "./dashboards/policy.ts";

/** Where the file `<uid>.json` of each dashboard goes. */
export const DASHBOARDS_FOLDER = new URL("../deploy/grafana/dashboards/", import.meta.url);

const DASHBOARDS: readonly DashboardDescription[] = [OVERVIEW, POLICY, ENVOY];

const TAG = "sluice";
const DATASOURCE = { type: "prometheus", uid: "$datasource" };
const GRID_WIDTH = 24;

/** Name of the file and its whole text, for each dashboard. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  return new Map(DASHBOARDS.map((description) => [`${description.uid}.json`, `${JSON.stringify(dashboardOf(description), null, 2)}\n`]));
}

function dashboardOf({ uid, title, about, jobsOf, sections }: DashboardDescription): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(about)
    .tags([TAG])
    .time({ from: "now-6h", to: "now" })
    .refresh("30s")
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .link(new DashboardLinkBuilder("Sluice").type(DashboardLinkType.Dashboards).tags([TAG]).keepTime(true).includeVars(false))
    .withVariable(new DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"))
    .withVariable(jobVariable(jobsOf));
  for (const section of sections) {
    builder.withRow(new RowBuilder(section.title));
    for (const panel of section.panels) builder.withPanel(panelOf(panel, section.panels.length));
  }
  const dashboard = builder.build();
  dashboard.panels?.forEach((panel, at) => {
    panel.id = at + 1; // the same at each run, so that links to a panel stay
  });
  return dashboard;
}

function jobVariable(metric: string): QueryVariableBuilder {
  return new QueryVariableBuilder("job")
    .label("Job")
    .datasource(DATASOURCE)
    .query(`label_values(${metric}, job)`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ text: "All", value: "$__all" });
}

/** `beside`: panels of the section, of which as many as fill the width stand in a line. */
function panelOf(panel: Panel, beside: number): StatBuilder | TimeseriesBuilder {
  const targets = panel.queries.map(([expr, legend], at) => {
    const query = new DataqueryBuilder()
      .refId(String.fromCharCode(65 + at))
      .datasource(DATASOURCE)
      .expr(expr)
      .legendFormat(legend);
    return panel.exemplars ? query.exemplar(true) : query;
  });
  const shown = panel.kind === "stat" ? statOf(beside) : graphOf(panel, beside);
  shown.title(panel.title).datasource(DATASOURCE).unit(panel.unit).targets(targets).noValue("–");
  if (panel.about !== undefined) shown.description(panel.about);
  return shown;
}

function statOf(beside: number): StatBuilder {
  const last = new ReduceDataOptionsBuilder().calcs(["lastNotNull"]);
  return new StatBuilder()
    .height(4)
    .span(GRID_WIDTH / beside)
    .reduceOptions(last);
}

function graphOf({ kind, max }: Panel, beside: number): TimeseriesBuilder {
  const graph = new TimeseriesBuilder()
    .height(8)
    .span(beside % 3 === 0 ? GRID_WIDTH / 3 : GRID_WIDTH / 2)
    .min(0)
    .lineWidth(1)
    .legend(new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom));
  if (max !== undefined) graph.max(max);
  if (kind === "stack") graph.fillOpacity(25).stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  return graph;
}

if (import.meta.main) for (const [name, text] of dashboardFiles()) writeFileSync(new URL(name, DASHBOARDS_FOLDER), text);
