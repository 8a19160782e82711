// Lessons out of rows: those that teach, masked, each once, and split so that what is nearly the same stands on one side. Keeps the lessons
// in memory, not the rows.
import { randomSource } from "../evaluate/random-source.ts";
import type { Json, LoopRow } from "../loop/loop-row.ts";
import { nearDuplicates } from "../train/near-duplicates.ts";
import { type Reason, type Thresholds, whyNot } from "./chosen.ts";
import { type Lesson, lessonOf } from "./lesson.ts";

/** Services that train models take no fewer. */
export const LEAST_LESSONS = 10;

export interface DistillSettings extends Thresholds {
  readonly teacher: string; // the tier whose answers are learnt
  readonly mask: (value: Json) => Json; // what is private replaced, in all texts
  readonly validationShare: number; // 0: none is kept aside
  readonly seed: number;
}

export interface Distilled {
  readonly rows: number; // read
  readonly train: readonly Lesson[];
  readonly validation: readonly Lesson[];
  readonly leftOut: ReadonlyMap<Reason, number>;
}

export async function distill(rows: AsyncIterable<LoopRow> | Iterable<LoopRow>, settings: DistillSettings): Promise<Distilled> {
  const lessons = new Map<string, Lesson>();
  const leftOut = new Map<Reason, number>();
  let read = 0;
  for await (const row of rows) {
    read++;
    const lesson = taught(row, settings);
    const key = typeof lesson === "string" ? undefined : sameness(lesson);
    const why = typeof lesson === "string" ? lesson : key !== undefined && lessons.has(key) ? "the same as another" : undefined;
    if (why !== undefined) leftOut.set(why, (leftOut.get(why) ?? 0) + 1);
    else if (typeof lesson !== "string" && key !== undefined) lessons.set(key, lesson);
  }
  return { rows: read, ...split([...lessons.values()], settings), leftOut };
}

function taught(row: LoopRow, settings: DistillSettings): Lesson | Reason {
  const why = whyNot(row, settings.teacher, settings);
  if (why !== undefined) return why;
  const request = settings.mask(row.request) as LoopRow["request"];
  return lessonOf(request, String(settings.mask(row.answers?.[settings.teacher]?.text ?? "")));
}

/** The same question in other spaces and letters, with the same conversation before it, teaches nothing new. */
function sameness({ prompt }: Lesson): string {
  const withoutIds = (member: string, value: unknown) => (member === "id" || member === "call" ? undefined : value);
  return normal(JSON.stringify(prompt, withoutIds));
}

function normal(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/(?:\s|\\n)+/g, " ");
}

/** Whole clusters of what is alike go to one side, in a drawn order, until validation has its share. */
function split(lessons: readonly Lesson[], { validationShare, seed }: DistillSettings): Pick<Distilled, "train" | "validation"> {
  const clusterOf = nearDuplicates(lessons.map(({ asked }) => threeLetters(normal(asked))));
  const sizes = new Map<number, number>();
  for (const cluster of clusterOf) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  const random = randomSource(seed);
  const drawn = [...sizes].map(([cluster, size]) => ({ cluster, size, order: random() })).sort((a, b) => a.order - b.order);
  const wanted = Math.round(validationShare * lessons.length);
  const aside = new Set<number>();
  let taken = 0;
  for (const { cluster, size } of drawn) {
    if (taken + size > wanted) continue;
    aside.add(cluster);
    taken += size;
  }
  const isAside = (_: Lesson, at: number) => aside.has(clusterOf[at] ?? -1);
  return { train: lessons.filter((lesson, at) => !isAside(lesson, at)), validation: lessons.filter(isAside) };
}

/** All runs of three characters as numbers, ascending, each once. */
function threeLetters(text: string): Int32Array {
  const characters = [...text].map((character) => character.codePointAt(0) ?? 0);
  const runs = new Set<number>();
  for (let at = 0; at < Math.max(1, characters.length - 2); at++) {
    const [a = 0, b = 0, c = 0] = characters.slice(at, at + 3);
    runs.add(Math.imul(Math.imul(a, 0x9e3779b1) ^ b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35));
  }
  return Int32Array.from(runs).sort();
}
