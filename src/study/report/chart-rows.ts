// Rows with a name each, as in bar and dot plots: the name stands left of the plot, and on phones above its row.
import type { Mark } from "vega";
import { type ChartSize, FONT_PX, type Margins } from "./chart.ts";
import { fitted, textWidth } from "./label-text.ts";

export interface ChartRows {
  readonly margins: Margins;
  readonly height: number;
  readonly rowHeight: number;
  readonly labels: Mark; // takes the data `rows`
  /** Where the marks of a row are, in pixels from the top. */
  middle(row: number): number;
  label(row: number): { readonly y: number; readonly label: string };
}

const WIDEST_LABEL = 230;
const GAP = 10;
const LABEL_HEIGHT = 18;

/** `contentHeight`: of a row's marks. `free`: what is left beside and above the plot. */
export function chartRows(
  size: ChartSize,
  names: readonly string[],
  contentHeight: number,
  free: Pick<Margins, "right" | "top">,
): ChartRows {
  const above = size.name === "narrow";
  const room = above ? size.width - 32 : WIDEST_LABEL;
  const texts = names.map((name) => fitted(name, room));
  const gutter = above ? 16 : Math.max(40, ...texts.map(textWidth)) + GAP;
  const rowHeight = contentHeight + (above ? LABEL_HEIGHT : 0);
  const top = (row: number) => row * rowHeight;
  return {
    margins: { left: gutter, bottom: 54, ...free },
    height: rowHeight * names.length,
    rowHeight,
    labels: {
      type: "text",
      from: { data: "rows" },
      encode: {
        enter: {
          x: { value: above ? 0 : -GAP },
          y: { field: "y" },
          text: { field: "label" },
          align: { value: above ? "left" : "right" },
          baseline: { value: "middle" },
          fontSize: { value: FONT_PX },
          fill: { value: "var(--ink)" },
        },
      },
    },
    middle: (row) => top(row) + (above ? LABEL_HEIGHT : 0) + contentHeight / 2,
    label: (row) => ({ y: top(row) + (above ? LABEL_HEIGHT / 2 + 3 : contentHeight / 2), label: texts[row] ?? "" }),
  };
}
