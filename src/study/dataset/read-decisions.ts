// Decision logs as a stream of lines: any number of files, rotated and packed ones too. A line that cannot be read is counted, with its
// place: a log that was cut off in the middle of a line is still worth reading.
import { SluiceError } from "../../errors.ts";
import { jsonLinesRows } from "./json-lines.ts";
import { type LaterWord, type LoggedRequest, logLineOf } from "./logged-request.ts";
import type { DataProblem } from "./problem.ts";
import { openSource, type SourceOptions } from "./source.ts";

export interface LogCounts {
  readonly requests: number;
  readonly unrouted: number; // without a decision
  readonly bad: number;
  readonly firstBad: readonly DataProblem[]; // at most three
}

export type LogEntry = { readonly kind: "request"; readonly request: LoggedRequest } | { readonly kind: "word"; readonly word: LaterWord };

export interface DecisionReading extends AsyncIterable<LogEntry> {
  /** Complete once the reading has ended. */
  readonly counts: LogCounts;
}

const MAX_LINE_BYTES = 1 << 20;
const SHOWN_PROBLEMS = 3;

/** In the order of the files. Throws `data-not-found`, `data-unreadable`, and `data-empty` where no line is a decision. */
export function readDecisions(files: readonly string[], options: SourceOptions = {}): DecisionReading {
  const counts = { requests: 0, unrouted: 0, bad: 0, firstBad: [] as DataProblem[] };
  const refuse = (problem: DataProblem) => {
    counts.bad++;
    if (counts.firstBad.length < SHOWN_PROBLEMS) counts.firstBad.push(problem);
  };
  return {
    counts,
    async *[Symbol.asyncIterator]() {
      for (const file of files) {
        const source = await openSource(file, { ...options, format: "json-lines" });
        for await (const rows of jsonLinesRows(source, MAX_LINE_BYTES)) {
          for (const row of rows) {
            if ("kind" in row) {
              refuse(row);
              continue;
            }
            const line = logLineOf(row);
            if (line.kind === "bad") refuse({ place: row.place, ...line.trouble });
            else if (line.kind === "unrouted") counts.unrouted++;
            else yield line;
            if (line.kind === "request") counts.requests++;
          }
        }
      }
      if (counts.requests === 0) throw nothingRead(files, counts);
    },
  };
}

function nothingRead(files: readonly string[], { bad, unrouted, firstBad: [first] }: LogCounts): SluiceError {
  const found = first === undefined ? `${unrouted} without a decision` : `${bad} bad lines: ${first.place}: ${first.message}`;
  return new SluiceError("data-empty", `${files.join(", ")}: no decisions: ${found}`, {
    hint: "Name the files of a decision log: `decisionLog: { to: file }` writes one.",
  });
}
