// What stands in the files of the decision log, those moved away and deleted included: how many lines, of how many requests.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface DecisionFiles {
  /** The text of one that was deleted. Lines that went with it may stand in the next one again. */
  deleted(text: string): void;
  /** Of all that are there now, too. */
  count(): DecisionLines;
}

export interface DecisionLines {
  readonly files: number;
  readonly requests: number; // whose line stands somewhere
  readonly doubled: number; // lines in files that are there of a request that has one already
  readonly broken: number; // that are no JSON object with a request's id
}

export function decisionFiles(folder: string): DecisionFiles {
  const gone = new Set<string>(); // requests with a line in a deleted file
  let deletedFiles = 0;
  let broken = 0;
  const idsIn = (text: string): readonly string[] => {
    const ids = text.split("\n").flatMap((line) => (line === "" ? [] : [requestId(line)]));
    broken += ids.filter((id) => id === undefined).length;
    return ids.filter((id) => id !== undefined);
  };
  return {
    deleted(text) {
      deletedFiles++;
      for (const id of idsIn(text)) gone.add(id);
    },
    count() {
      const there = new Set<string>();
      let lines = 0;
      const names = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
      for (const name of names) {
        const ids = idsIn(readFileSync(join(folder, name), "utf8"));
        lines += ids.length;
        for (const id of ids) there.add(id);
      }
      return { files: names.length + deletedFiles, requests: new Set([...there, ...gone]).size, doubled: lines - there.size, broken };
    },
  };
}

function requestId(line: string): string | undefined {
  try {
    return (JSON.parse(line) as { readonly requestId?: string }).requestId;
  } catch {
    return undefined;
  }
}
