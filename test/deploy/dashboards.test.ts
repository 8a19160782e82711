// The Grafana dashboards: up to date, with queries that parse and name metrics that exist.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { DASHBOARDS_FOLDER, dashboardFiles } from "../../scripts/dashboards.ts";
import { unknownIn } from "./known-metrics.ts";
import { filledIn } from "./promql.ts";
import { promtool, withoutPromtool } from "./promtool.ts";

interface Dashboard {
  readonly panels: readonly Panel[];
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboards = [...dashboardFiles()].map(([file, text]) => ({ file, text, panels: (JSON.parse(text) as Dashboard).panels }));
const queries = dashboards.flatMap(({ file, panels }) =>
  panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ panel: `${file}: ${title}`, expr: filledIn(expr) }))),
);

describe("the dashboards", () => {
  test.each(dashboards)("$file is what the code would write now (if not: node scripts/dashboards.ts)", ({ file, text }) => {
    expect(readFileSync(new URL(file, DASHBOARDS_FOLDER), "utf8")).toBe(text);
  });

  test("are all that the folder has", () => {
    expect(readdirSync(DASHBOARDS_FOLDER).sort()).toEqual(dashboards.map(({ file }) => file).sort());
  });

  test.each(dashboards)("$file has panels that do not overlap and fit the width", ({ panels }) => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos }) => gridPos.x + gridPos.w))).toBe(24);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  test.each(queries)("$panel reads what exists", ({ expr }) => {
    expect(unknownIn(expr)).toEqual([]);
  });
});

test.skipIf(withoutPromtool())("every query of a dashboard parses", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-queries-"));
  const file = join(folder, "queries.yaml");
  writeFileSync(
    file,
    stringify({ groups: [{ name: "queries", rules: queries.map(({ expr }, at) => ({ record: `query:${at}`, expr })) }] }),
  );
  try {
    expect(promtool("check", "rules", "--lint=none", file)).toContain(`${queries.length} rules found`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
