// Which keywords of a policy help and which hurt: the requests that each alone sends to strong, those that needed it to the right, those
// that did not to the left.
import type { Mark, Spec } from "vega";
import type { KeywordEffect, PolicyResult } from "../evaluate/result.ts";
import { bottomAxis, type ChartSize, chartSpec, FONT_PX } from "./chart.ts";
import { chartRows } from "./chart-rows.ts";
import { countText } from "./figure-cells.ts";
import type { Figure } from "./html-figure.ts";

const SHOWN = 30;

export function keywordFigure({ name, keywords }: PolicyResult): Figure | undefined {
  const decisive = sorted(keywords.filter(({ decisive }) => decisive > 0));
  if (decisive.length === 0) return undefined;
  const shown = ofBothEnds(decisive);
  const idle = keywords.length - decisive.length;
  const more = decisive.length > shown.length ? ` The ${SHOWN} with most effect are drawn.` : "";
  const rest = idle === 0 ? "" : ` ${countText(idle)} of ${countText(keywords.length)} keywords never decide alone.`;
  return {
    title: `Keywords of ${name}`,
    about: `${WHAT}${more}${rest}`,
    description: descriptionOf(decisive),
    draw: (size) => keywordSpec(shown, size),
    legend: [
      { label: "helps: strong was needed", color: "var(--right)", look: { kind: "block", opacity: 1 } },
      { label: "hurts: weak would have done", color: "var(--wrong)", look: { kind: "block", opacity: 1 } },
    ],
    numbers: {
      columns: ["keyword", "found in", "decides alone", "helps", "hurts", "misroute without it, points"],
      rows: sorted(keywords).map((each) => [
        each.keyword,
        countText(each.found),
        countText(each.decisive),
        countText(each.helped),
        countText(each.hurt),
        points(each),
      ]),
    },
  };
}

const WHAT =
  "Requests that a keyword alone sends to strong; at the right end, how the misroute rate would change without it, in points. " +
  "Below 0: better without it.";

/** The most helpful first. */
function sorted(keywords: readonly KeywordEffect[]): readonly KeywordEffect[] {
  return keywords.toSorted((a, b) => b.misrouteChange - a.misrouteChange || b.helped - a.helped || b.found - a.found);
}

/** Of a sorted list too long to draw, those with most effect of either kind. */
function ofBothEnds(keywords: readonly KeywordEffect[]): readonly KeywordEffect[] {
  if (keywords.length <= SHOWN) return keywords;
  const strongest = keywords.toSorted((a, b) => Math.abs(b.misrouteChange) - Math.abs(a.misrouteChange) || b.decisive - a.decisive);
  return sorted(strongest.slice(0, SHOWN));
}

/** `+0.15`: of the misroute rate, in points of a hundred. */
function points({ misrouteChange }: KeywordEffect): string {
  const value = 100 * misrouteChange;
  const text = Math.abs(value) < 0.005 ? "0" : Math.abs(value).toFixed(2);
  return text === "0" ? "0" : `${value < 0 ? "−" : "+"}${text}`;
}

function descriptionOf(keywords: readonly KeywordEffect[]): string {
  const [best, worst] = [keywords[0], keywords.at(-1)];
  const tell = (each: KeywordEffect) => `${each.keyword} helps ${each.helped} and hurts ${each.hurt} requests`;
  if (best === undefined || worst === undefined) return "";
  const ends = best === worst ? tell(best) : `${tell(best)}; at the other end ${tell(worst)}`;
  return `${countText(keywords.length)} keywords decide alone: ${ends}.`;
}

const BAR = 16; // px

function keywordSpec(keywords: readonly KeywordEffect[], size: ChartSize): Spec {
  const rows = chartRows(
    size,
    keywords.map(({ keyword }) => keyword),
    24,
    { right: 56, top: 8 },
  );
  const most = Math.max(1, ...keywords.map(({ helped, hurt }) => Math.max(helped, hurt)));
  const side = size.name === "wide" ? 6 : 3;
  const axis = bottomAxis(
    "count",
    size.name === "wide" ? "← hurts · requests decided by the keyword alone · helps →" : "← hurts · requests · helps →",
    size,
  );
  return chartSpec(size, {
    height: rows.height,
    margins: rows.margins,
    scales: [{ name: "count", type: "linear", domain: [-most, most], range: "width", nice: true }],
    axes: [
      {
        ...axis,
        tickCount: 2 * Math.min(side, most),
        tickMinStep: 1,
        encode: { labels: { update: { text: { signal: "format(abs(datum.value), '~s')" } } } },
      },
    ],
    data: [
      {
        name: "rows",
        values: keywords.map((each, row) => ({
          ...rows.label(row),
          helped: each.helped,
          hurt: -each.hurt,
          middle: rows.middle(row),
          top: rows.middle(row) - BAR / 2,
          change: points(each),
        })),
      },
    ],
    marks: [
      rows.labels,
      bar("helped", "var(--right)"),
      bar("hurt", "var(--wrong)"),
      {
        type: "rule",
        encode: {
          enter: { x: { scale: "count", value: 0 }, y: { value: 0 }, y2: { value: rows.height }, stroke: { value: "var(--axis)" } },
        },
      },
      changeText(),
    ],
  });
}

function bar(field: string, color: string): Mark {
  const place = { x: { scale: "count", value: 0 }, x2: { scale: "count", field }, y: { field: "top" }, height: { value: BAR } };
  return { type: "rect", from: { data: "rows" }, encode: { enter: { ...place, fill: { value: color } } } };
}

function changeText(): Mark {
  return {
    type: "text",
    from: { data: "rows" },
    encode: {
      enter: {
        x: { field: { group: "width" } },
        dx: { value: 52 },
        y: { field: "middle" },
        text: { field: "change" },
        align: { value: "right" },
        baseline: { value: "middle" },
        fontSize: { value: FONT_PX },
        fill: { value: "var(--soft)" },
      },
    },
  };
}
