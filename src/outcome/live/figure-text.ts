// Figures as people read them, in the terminal and on the page, where each function arrives as its own source: none may use another. A
// number is not parted from its unit.

import type { LiveRollout, LiveStore, LiveTakeover } from "./view.ts";

export const FIGURES = {
  /** The store that replicas share state over, in a few words. */
  store({ away, forSeconds, roundTripMs }: LiveStore): string {
    const answers = roundTripMs === null ? "" : `, answers in ${roundTripMs.toFixed(1)}\u00a0ms`;
    return away === null ? `shared state up${answers}` : `shared state away for ${Math.round(forSeconds)}\u00a0s: ${away}`;
  },
  /** A conservative policy that decides. */
  takeover({ policy, causes }: LiveTakeover): string {
    const why = causes.map((cause) => (cause === "breaker" ? "a breaker is open" : "a budget is nearly used up"));
    return `${policy} decides: ${why.join(", ")}`;
  },
  /** A rollout and its arms. */
  rollout({ candidate, stable, status, stage, stages, share, requests, units, alike }: LiveRollout): string {
    const arm = (of: "stable" | "candidate") =>
      `${requests[of].toLocaleString("en-US")} requests of ${units[of].toLocaleString("en-US")} units`;
    const where = `${status}, stage ${stage + 1} of ${stages}, ${Number((100 * share).toFixed(2))}\u00a0% of the units`;
    const processes = alike ? "" : "; processes differ";
    return `${where}${processes}; candidate ${candidate}: ${arm("candidate")}; stable ${stable}: ${arm("stable")}`;
  },
  /** `null`: not known. */
  milliseconds(value: number | null): string {
    if (value === null) return "–";
    if (value === 0) return "0";
    if (value < 10) return `${value.toFixed(1)}\u00a0ms`;
    if (value < 995) return `${Math.round(value)}\u00a0ms`;
    return value < 9950 ? `${(value / 1000).toFixed(1)}\u00a0s` : `${Math.round(value / 1000)}\u00a0s`;
  },
  rate(perSecond: number): string {
    if (perSecond === 0) return "0/s";
    if (perSecond < 0.01) return "<\u00a00.01/s";
    return `${perSecond < 1 ? perSecond.toFixed(2) : perSecond < 100 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`;
  },
  /** `null`: not known. */
  dollars(value: number | null): string {
    if (value === null) return "–";
    if (value === 0) return "$0";
    const [sign, size] = value < 0 ? ["−", -value] : ["", value];
    if (size < 0.01) return `${sign}<\u00a0$0.01`;
    return size < 1000 ? `${sign}$${size.toFixed(2)}` : `${sign}$${Math.round(size).toLocaleString("en-US")}`;
  },
  /** Of one request, which is little. `null`: not known. */
  smallDollars(value: number | null): string {
    if (value === null) return "–";
    if (value === 0 || value >= 1) return `$${value === 0 ? "0" : value.toFixed(2)}`;
    return value < 0.00001 ? "<\u00a0$0.00001" : `$${Number(value.toPrecision(2)).toFixed(value < 0.001 ? 5 : 4)}`;
  },
  /** `null`: not known. */
  tokens(value: number | null): string {
    if (value === null) return "–";
    if (value < 10_000) return value.toLocaleString("en-US");
    if (value < 999_500) return `${Math.round(value / 1000)}\u00a0k`;
    return `${(value / 1e6).toFixed(value < 99_950_000 ? 1 : 0)}\u00a0M`;
  },
  /** Of a limit, in what it measures. `null`: not known. */
  amount(value: number | null, measure: "requests" | "tokens" | "usd"): string {
    if (value === null) return "–";
    const [sign, size] = value < 0 ? ["−", -value] : ["", value];
    if (measure === "usd") return `${sign}$${size < 10_000 ? size.toFixed(2) : Math.round(size).toLocaleString("en-US")}`;
    if (size < 100_000) return `${sign}${Math.round(size).toLocaleString("en-US")}`;
    return size < 9_999_500 ? `${sign}${Math.round(size / 1000)}\u00a0k` : `${sign}${(size / 1e6).toFixed(1)}\u00a0M`;
  },
  share(part: number, whole: number): string {
    if (whole === 0) return "–";
    const percent = (100 * part) / whole;
    if (part > 0 && percent < 0.1) return "<\u00a00.1\u00a0%";
    return percent === 0 || percent === 100 ? `${percent}\u00a0%` : `${percent.toFixed(1)}\u00a0%`;
  },
  period(seconds: number): string {
    if (seconds < 100) return `${Math.floor(seconds)}\u00a0s`;
    if (seconds < 6000) return `${Math.floor(seconds / 60)}\u00a0min`;
    return seconds < 172_800 ? `${Math.floor(seconds / 3600)}\u00a0h` : `${Math.floor(seconds / 86_400)}\u00a0days`;
  },
} as const;

export type Figures = typeof FIGURES;
