// The course of a stage's evidence, for a picture: a bounded number of points, whose distance doubles as the stage grows older.
import type { Finding } from "../../request/rollout/finding.ts";

export interface Curve {
  readonly seconds: readonly number[]; // since the stage began
  readonly guards: readonly GuardCurve[];
}

/** Parts of the evidence needed: at 1 it is enough. */
export interface GuardCurve {
  readonly guard: string;
  readonly harm: readonly number[];
  readonly excluded: readonly number[];
}

export interface CurveWriter {
  /** Points that come sooner than the distance are left out. */
  add(seconds: number, findings: readonly Finding[]): void;
  restart(): void;
  curve(): Curve;
}

interface Point {
  readonly seconds: number;
  readonly findings: readonly Finding[];
}

const MOST_POINTS = 240;

export function createCurve(): CurveWriter {
  let points: Point[] = [];
  let distance = 1; // seconds
  return {
    add(seconds, findings) {
      if (findings.length === 0 || seconds < (points.at(-1)?.seconds ?? Number.NEGATIVE_INFINITY) + distance) return;
      points.push({ seconds, findings });
      if (points.length <= MOST_POINTS) return;
      points = points.filter((_, at) => at % 2 === 0);
      distance *= 2;
    },
    restart() {
      points = [];
      distance = 1;
    },
    curve() {
      const names = points[0]?.findings.map(({ guard }) => guard) ?? [];
      const part = ({ is, needed }: { readonly is: number; readonly needed: number } | undefined = { is: 0, needed: 1 }) =>
        Math.round((1000 * Math.max(0, is)) / needed) / 1000;
      return {
        seconds: points.map(({ seconds }) => Math.round(seconds)),
        guards: names.map((guard, at) => ({
          guard,
          harm: points.map(({ findings }) => part(findings[at]?.harm)),
          excluded: points.map(({ findings }) => part(findings[at]?.excluded)),
        })),
      };
    },
  };
}
