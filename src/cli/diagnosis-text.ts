// What the doctor found, for people: the worst first, each with its place, its reason and the lines that mend it. Pure.
import { FINDINGS, type Severity } from "../setup/doctor/catalogue.ts";
import { counted } from "../setup/doctor/counted.ts";
import { countOf, type Diagnosis } from "../setup/doctor/diagnosis.ts";
import type { Finding } from "../setup/doctor/finding.ts";

const LABEL_COLUMNS = 8;
const LEAST_COLUMNS = 40;

/** `columns`: where text is wrapped. Lines to be copied, places and names never are. */
export function diagnosisText(diagnosis: Diagnosis, columns: number): string {
  const { findings } = diagnosis;
  const blocks = findings.map((finding) => findingText(finding, Math.max(columns, LEAST_COLUMNS)));
  return [...blocks, lastLines(diagnosis)].map((block) => `${block}\n`).join("\n");
}

function findingText(finding: Finding, columns: number): string {
  const part = (label: string, lines: readonly string[]) =>
    lines.map((line, index) => `  ${(index === 0 ? label : "").padEnd(LABEL_COLUMNS)}${line}`.trimEnd());
  const wrapped = (text: string) => wrap(text, columns - LABEL_COLUMNS - 2);
  return [
    `${finding.severity}[${finding.id}]: ${FINDINGS[finding.id].title}`,
    ...part("where", [finding.where]),
    ...part("what", wrapped(finding.what)),
    ...part("why", wrapped(finding.why)),
    ...part("mend", finding.fix.trimEnd().split("\n")),
  ].join("\n");
}

function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** What was looked at, what could not be told, and then the sum of it: `2 errors, 1 warning`. */
function lastLines({ findings, lookedAt }: Diagnosis): string {
  const counts = (["error", "warning", "note"] satisfies Severity[]).flatMap((severity) => {
    const count = countOf(findings, severity);
    return count === 0 ? [] : [counted(count, severity)];
  });
  return [
    ...lookedAt.map((part) => (part.startsWith("not looked at") ? part : `looked at ${part}`)),
    counts.length === 0 ? "no findings" : counts.join(", "),
  ].join("\n");
}
