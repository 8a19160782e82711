// `sluice feedback`: what users said of answers, out of decision logs into a file or Langfuse; and from a file or Langfuse into a running
// sluice, or into a log for those who read it later.
import { appendFile, writeFile } from "node:fs/promises";
import { Argument, Command } from "commander";
import { SluiceError } from "../errors.ts";
import { wordLine } from "../outcome/sinks/decision-line.ts";
import type { DataProblem } from "../study/dataset/problem.ts";
import { readScores, SCORE_NAME, sendScores } from "../study/feedback/langfuse-scores.ts";
import { ratedRequests, requestsOfTraces } from "../study/feedback/rated-requests.ts";
import { type GivenRating, ratingText, readRatings } from "../study/feedback/rating-rows.ts";
import { type AdminOptions, adminTls, refusal, sendAdmin, withAdminOptions } from "./admin-client.ts";
import { isoTime, langfuseAccess } from "./langfuse-options.ts";
import { requireWritable } from "./output-file.ts";

const TOKEN_VARIABLE = "SLUICE_ADMIN_TOKEN";
const PATH = "/v1/feedback";
const ACTIONS = ["export", "import"] as const;
const SHOWN = 3; // of what is left out

interface FeedbackOptions extends AdminOptions {
  readonly log: readonly string[];
  readonly out?: string;
  readonly langfuse?: string;
  readonly name: string;
  readonly from?: string;
  readonly to?: string;
  readonly into?: string;
  readonly json: boolean;
}

export function feedbackCommand(): Command {
  return withAdminOptions(
    new Command("feedback")
      .description("what users said of answers: export it from decision logs, import it into a running sluice or a log; Langfuse both ways")
      .addArgument(new Argument("<action>", "what to do").choices(ACTIONS))
      .argument("[file...]", "import: files with request_id and rating, JSON Lines or CSV, .gz too; - for standard input"),
  )
    .option("--log <file...>", "decision logs: to export from; with import --langfuse, to know which request a trace was", [])
    .option("--out <file>", "export: where to, JSON Lines or .csv; without it and --langfuse, to standard output")
    .option("--langfuse <url>", "its server, to export to or import from; keys from LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY")
    .option("--name <name>", "import --langfuse: what the scores are called", SCORE_NAME)
    .option("--from <time>", "import --langfuse: scores from when, 2026-01-31T09:00:00Z", isoTime)
    .option("--to <time>", "import --langfuse: scores up to when", isoTime)
    .option("--into <file>", "import: append to this log, to be read with the decision log, in place of asking a running sluice")
    .option("--json", "print one JSON object of counts", false)
    .addHelpText("after", `\nWhere the port asks for a token, it is taken from ${TOKEN_VARIABLE}.`)
    .action(runFeedback);
}

async function runFeedback(
  action: (typeof ACTIONS)[number],
  files: readonly string[],
  options: FeedbackOptions,
  command: Command,
): Promise<void> {
  const { log, langfuse } = options;
  if (action === "export") {
    if (log.length === 0) command.error("error: give the decision logs with --log");
    if (files.length > 0) command.error("error: export takes its files with --log");
    return runExport(options);
  }
  if ((langfuse === undefined) === (files.length === 0)) command.error("error: give files, or --langfuse");
  if (langfuse !== undefined && log.length === 0) command.error("error: --langfuse needs the decision logs: --log");
  return runImport(files, options);
}

async function runExport({ log, out, langfuse, json }: FeedbackOptions): Promise<void> {
  const access = langfuse === undefined ? undefined : langfuseAccess(langfuse, process.env);
  if (out !== undefined) await requireWritable(out);
  const { rated, stray } = await ratedRequests(log);
  const sent = access === undefined ? 0 : await sendScores({ access, signal: AbortSignal.any([]) }, rated);
  const isPrinted = out === undefined && access === undefined;
  if (out !== undefined) await writeFile(out, ratingText(rated, /\.csv$/i.test(out) ? "csv" : "json-lines"));
  else if (isPrinted) process.stdout.write(ratingText(rated, "json-lines"));
  const counts = { ratings: rated.length, stray, ...(access !== undefined && { sent, withoutTrace: rated.length - sent }) };
  const told = [
    `${rated.length} ratings${out === undefined ? "" : `, in ${out}`}`,
    ...(access === undefined ? [] : [`${sent} sent to Langfuse, ${rated.length - sent} belong to no trace`]),
    ...(stray > 0 ? [`${stray} of requests that are not in these logs, left out`] : []),
  ];
  const text = json ? `${JSON.stringify(counts)}\n` : `${told.join("\n")}\n`;
  (isPrinted ? process.stderr : process.stdout).write(text);
}

async function runImport(files: readonly string[], options: FeedbackOptions): Promise<void> {
  const { into, json } = options;
  if (into !== undefined) await requireWritable(into);
  const bad: DataProblem[] = [];
  const given = options.langfuse === undefined ? readRatings(files, (problem) => bad.push(problem)) : await fromLangfuse(options);
  const counts: Counts = { taken: 0, unknown: 0, other: 0 };
  for await (const rating of given) {
    if (into === undefined) await tell(options, rating, counts);
    else await appendFile(into, wordLine(rating.requestId, { rating: rating.rating }, Date.now()));
    if (into !== undefined) counts.taken++;
  }
  const { taken, unknown, other } = counts;
  const told = [
    `${taken} ratings taken${into === undefined ? "" : `, at the end of ${into}`}`,
    ...(unknown > 0 ? [`${unknown} of requests that this sluice does not know, or no more: import them with --into`] : []),
    ...(other > 0 ? [`${other} of requests that were rated otherwise before, which stays`] : []),
    ...(bad.length > 0 ? [`${bad.length} rows are no rating`] : []),
    ...bad.slice(0, SHOWN).map(({ place, message }) => `  ${place}: ${message}`),
  ];
  process.stdout.write(json ? `${JSON.stringify({ taken, unknown, other, bad: bad.length })}\n` : `${told.join("\n")}\n`);
}

/** Scores know traces, decision logs which request a trace was. */
async function fromLangfuse({ langfuse = "", log, name, from, to }: FeedbackOptions): Promise<AsyncIterable<GivenRating>> {
  const access = langfuseAccess(langfuse, process.env);
  const ratings = new Map<string, number>();
  for await (const { traceId, rating } of readScores({ access, signal: AbortSignal.any([]) }, { name, from, to }))
    ratings.set(traceId, rating);
  const requests = await requestsOfTraces(log, new Set(ratings.keys()));
  const missing = ratings.size - requests.size;
  if (missing > 0) process.stderr.write(`${missing} scores of traces that are not in these logs, left out\n`);
  return (async function* () {
    for (const [traceId, requestId] of requests) yield { requestId, rating: ratings.get(traceId) ?? 0 };
  })();
}

interface Counts {
  taken: number;
  unknown: number;
  other: number;
}

/** Throws `admin-refused` where it is not this rating that is refused, but whoever brings it. */
async function tell({ admin, ca, cert, key }: FeedbackOptions, { requestId, rating }: GivenRating, counts: Counts): Promise<void> {
  const tls = adminTls({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
  const told = { path: PATH, body: { request_id: requestId, rating }, token: process.env[TOKEN_VARIABLE] };
  const { status, said } = await sendAdmin(admin, told, tls);
  if (status === 200) counts.taken++;
  else if (status === 404) counts.unknown++;
  else if (status === 409) counts.other++;
  else throw new SluiceError("admin-refused", refusal(said) ?? `${admin}: status ${status}`);
}
