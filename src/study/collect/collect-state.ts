// How far each source was read, kept beside the output, so that the next run goes on there. The output and its state are two files: the
// state that belongs to the output is known by the output's hash, whenever a run was ended.
import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { SluiceError } from "../../errors.ts";
import { isObject } from "../dataset/messages.ts";
import type { FileMark, PageMark } from "./found.ts";

export interface ServerMarks {
  readonly observations?: PageMark | undefined;
  readonly scores?: PageMark | undefined;
}

export interface CollectState {
  readonly output: string; // hash of the file it belongs to
  readonly files: readonly FileMark[];
  readonly servers: Readonly<Record<string, ServerMarks>>;
}

export const NOTHING_READ: CollectState = { output: "", files: [], servers: {} };

const stateFile = (output: string) => `${output}.state.json`;
const nextFile = (output: string) => `${output}.state.next.json`;

/** `hash`: of the output as it is. A file that somebody changed has the last state all the same. Undefined: it has none. */
export async function readState(output: string, hash: string): Promise<CollectState | undefined> {
  const [state, next] = [await stateIn(stateFile(output)), await stateIn(nextFile(output))];
  return next?.output === hash ? next : (state ?? next);
}

/** Before the output is replaced: until then the old state is the output's. */
export async function announceState(output: string, state: CollectState): Promise<void> {
  await replaced(nextFile(output), `${JSON.stringify(state)}\n`);
}

/** Behind it. */
export async function confirmState(output: string): Promise<void> {
  await rename(nextFile(output), stateFile(output));
}

export async function forgetState(output: string): Promise<void> {
  for (const file of [stateFile(output), nextFile(output)]) await rm(file, { force: true });
}

async function stateIn(file: string): Promise<CollectState | undefined> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw new SluiceError("collect-state-unusable", `${file}: cannot be read`, { cause });
  });
  if (text === undefined) return undefined;
  const state = parsedState(text);
  if (state === undefined) throw new SluiceError("collect-state-unusable", `${file}: not what sluice collect writes`);
  return state;
}

function parsedState(text: string): CollectState | undefined {
  try {
    const state: unknown = JSON.parse(text);
    if (!isObject(state) || typeof state["output"] !== "string" || !Array.isArray(state["files"]) || !isObject(state["servers"]))
      return undefined;
    return state as unknown as CollectState;
  } catch {
    return undefined;
  }
}

async function replaced(file: string, text: string): Promise<void> {
  const beside = `${file}.${randomUUID()}`;
  await writeFile(beside, text, { mode: 0o600, flush: true });
  await rename(beside, file);
}
