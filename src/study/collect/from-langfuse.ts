// Requests out of Langfuse: its generations, and then the scores that were given to them or to their traces.
import { Members } from "../dataset/logged-request.ts";
import { Trouble } from "../dataset/problem.ts";
import type { LoopRow } from "../loop/loop-row.ts";
import type { Found, PageMark, Reading } from "./found.ts";
import { defined } from "./from-log.ts";
import { requestIn } from "./from-otlp.ts";
import { type LangfuseAccess, langfusePage, type Page, type PageWaits } from "./langfuse-pages.ts";

export interface LangfuseSpan {
  readonly before: PageMark | undefined; // how far it was read
  readonly from: string | undefined; // ISO 8601; undefined: from the beginning
  readonly to: string;
}

export interface LangfuseReading {
  readonly access: LangfuseAccess;
  readonly signal: AbortSignal; // ends the waiting
  readonly onPage: (items: number) => void;
  readonly waits?: PageWaits;
}

const OBSERVATIONS = "api/public/v2/observations";
const SCORES = "api/public/v3/scores";
const OBSERVATIONS_A_PAGE = "200"; // each with its whole input
const SCORES_A_PAGE = "100"; // the most there may be

export function langfuseGenerations(reading: LangfuseReading, span: LangfuseSpan): Reading<PageMark> {
  const fields = "core,basic,io,metadata,usage,model";
  const query = ({ from, to }: PageMark) => ({
    type: "GENERATION",
    fields,
    fromStartTime: from,
    toStartTime: to,
    limit: OBSERVATIONS_A_PAGE,
  });
  return pages(reading, span, OBSERVATIONS, query, (item) => [foundInObservation(item)]);
}

/** Numbers from 1 to 5 called `rating` or the like are ratings. */
export function langfuseScores(reading: LangfuseReading, span: LangfuseSpan): Reading<PageMark> {
  const query = ({ from, to }: PageMark) => ({
    dataType: "NUMERIC",
    fields: "subject",
    fromTimestamp: from,
    toTimestamp: to,
    limit: SCORES_A_PAGE,
  });
  return pages(reading, span, SCORES, query, foundInScore);
}

function pages(
  { access, signal, onPage, waits }: LangfuseReading,
  { before, from, to }: LangfuseSpan,
  path: string,
  query: (mark: PageMark) => Readonly<Record<string, string | undefined>>,
  read: (item: Readonly<Record<string, unknown>>) => readonly Found[],
): Reading<PageMark> {
  let mark: PageMark = before?.done === false ? before : { from: before?.to ?? from, to, cursor: undefined, done: false };
  return {
    mark: () => mark,
    batches: (async function* () {
      while (!mark.done) {
        if (mark.from !== undefined && mark.from >= mark.to) mark = { ...mark, done: true };
        else {
          const page: Page = await langfusePage(access, path, { ...query(mark), cursor: mark.cursor }, signal, waits);
          onPage(page.items.length);
          mark = { ...mark, cursor: page.cursor, done: page.cursor === undefined };
          yield page.items.flatMap(read);
        }
        if (mark.done && mark.to < to) mark = { from: mark.to, to, cursor: undefined, done: false };
      }
    })(),
  };
}

function foundInObservation(observation: Readonly<Record<string, unknown>>): Found {
  const known = new Members(observation);
  const id = `${known.text("traceId") ?? ""}:${known.text("id") ?? ""}`;
  const place = `Langfuse ${id}`;
  const input = observation["input"];
  if (input === undefined || input === null || input === "")
    return { kind: "dropped", why: "no request", place, message: "the observation has no input" };
  const request = requestIn(place, input);
  if (request instanceof Trouble) return { kind: "dropped", why: "bad request", place, message: request.message };
  const ours = attributesOf(known);
  const decision = defined({
    policy: ours("sluice.policy"),
    tier: ours("sluice.wanted.tier") ?? ours("sluice.tier.decided"),
    score: numberIn(ours("sluice.score")),
  });
  const usage = known.part("usageDetails");
  const seen = defined({
    tier: ours("sluice.tier.served"),
    cost: known.number("totalCost") ?? known.part("costDetails").number("total"),
    inputTokens: usage.number("input"),
    outputTokens: usage.number("output"),
  });
  const time = known.text("startTime");
  const row: LoopRow = {
    id,
    request,
    ...(time !== undefined && { time }),
    ...(Object.keys(decision).length > 0 && { decision }),
    ...(Object.keys(seen).length > 0 && { seen }),
  };
  return { kind: "row", row, partly: ours("sluice.request_id") !== undefined };
}

/** Attributes of a span are kept under `metadata`, or under `attributes` in it. */
function attributesOf(observation: Members): (name: string) => string | undefined {
  const metadata = observation.part("metadata");
  const textIn = (members: Members, name: string) => members.text(name) ?? members.number(name)?.toString();
  return (name) => textIn(metadata, name) ?? textIn(metadata.part("attributes"), name);
}

function numberIn(text: string | undefined): number | undefined {
  const number = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

const RATING = /rating|stars|user[-_ ]?feedback/i;

function foundInScore(score: Readonly<Record<string, unknown>>): readonly Found[] {
  const known = new Members(score);
  const [name, value] = [known.text("name") ?? "", known.number("value")];
  if (value === undefined || !(value >= 1 && value <= 5) || !RATING.test(name)) return [];
  const subject = known.part("subject");
  const id = subject.text("id");
  if (id === undefined) return [];
  return [{ kind: "word", of: id, rating: value, signal: undefined }];
}
