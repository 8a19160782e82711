// Reads a trained model's file for the configuration, so that a missing or damaged one is a problem of the line that names it.
import { resolve } from "node:path";
import type { Verifier } from "../answer/verifier/verifier.ts";
import { MAX_VERIFIER_BYTES, parseVerifier, VerifierFileError } from "../answer/verifier/verifier-file.ts";
import { type BanditPrior, MAX_PRIOR_BYTES, parsePrior } from "../request/policy/bandit/prior.ts";
import type { LearnedModel } from "../request/policy/learned/learned-model.ts";
import { MAX_MODEL_BYTES, ModelFileError, parseModel } from "../request/policy/learned/model-file.ts";
import { type FileRead, readBoundedSync, type Trouble } from "./bounded-file.ts";

/** A problem's message says what is wrong and what to do. */
export type ModelRead = { readonly kind: "model"; readonly model: LearnedModel } | { readonly kind: "problem"; readonly message: string };

export type VerifierRead =
  | { readonly kind: "verifier"; readonly verifier: Verifier }
  | { readonly kind: "problem"; readonly message: string };

export type PriorRead = { readonly kind: "prior"; readonly prior: BanditPrior } | { readonly kind: "problem"; readonly message: string };

/** Reads the model at a path as the configuration spells it. */
export interface ReadModel {
  (file: string): ModelRead;
  /** The same of a verifier of answers. Left out where no file is read. */
  readonly verifier?: (file: string) => VerifierRead;
  /** And of what a bandit knows beforehand. */
  readonly prior?: (file: string) => PriorRead;
}

/** What was found at a path. */
export type OnRead = (path: string, identity: string) => void;

const MOST = `${MAX_MODEL_BYTES >> 20} MiB`;
/** Of all models of a configuration: each stays in memory, and two of each during a reload. */
const MAX_BYTES = 16 << 20;

/** For paths from this folder; each is read once. Takes a few milliseconds a model. */
export function modelsIn(folder: string, onRead: OnRead = () => {}): ReadModel {
  const known = new Map<string, ModelRead | VerifierRead | PriorRead>();
  let bytesLeft = MAX_BYTES;
  const once = <Read extends ModelRead | VerifierRead | PriorRead>(
    file: string,
    maxBytes: number,
    made: (path: string, found: FileRead) => Read,
  ): Read => {
    const path = resolve(folder, file);
    const key = `${made.name} ${path}`;
    const before = known.get(key);
    if (before !== undefined) return before as Read; // what is known by a maker's name was made by it
    const found = readBoundedSync(path, maxBytes);
    onRead(path, found.identity);
    if (found.kind === "read") bytesLeft -= found.bytes.length;
    const tooMany = { kind: "problem", message: `${path}: all models together have at most ${MAX_BYTES >> 20} MiB` } as const;
    const read = bytesLeft < 0 ? (tooMany as Read) : made(path, found);
    known.set(key, read);
    return read;
  };
  return Object.assign((file: string) => once(file, MAX_MODEL_BYTES, modelOf), {
    verifier: (file: string) => once(file, MAX_VERIFIER_BYTES, verifierOf),
    prior: (file: string) => once(file, MAX_PRIOR_BYTES, priorOf),
  });
}

function verifierOf(path: string, found: FileRead): VerifierRead {
  const advice = "`sluice train --answers` makes one";
  if (found.kind === "trouble") {
    const { what } = found.trouble;
    return { kind: "problem", message: what === "absent" ? `there is no file ${path}; ${advice}` : messageOf(path, found.trouble) };
  }
  try {
    return { kind: "verifier", verifier: parseVerifier(found.bytes) };
  } catch (error) {
    if (!(error instanceof VerifierFileError)) throw error;
    return { kind: "problem", message: `${path} is ${error.message}; ${advice}` };
  }
}

function priorOf(path: string, found: FileRead): PriorRead {
  const advice = "`sluice evaluate --prior-out` makes one";
  if (found.kind === "trouble") {
    const { what } = found.trouble;
    return { kind: "problem", message: what === "absent" ? `there is no file ${path}; ${advice}` : messageOf(path, found.trouble) };
  }
  const read = parsePrior(found.bytes.toString("utf8"));
  return read.kind === "prior" ? read : { kind: "problem", message: `${path} ${read.problem}; ${advice}` };
}

function modelOf(path: string, found: FileRead): ModelRead {
  if (found.kind === "trouble") return { kind: "problem", message: messageOf(path, found.trouble) };
  try {
    return { kind: "model", model: parseModel(found.bytes) };
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    return { kind: "problem", message: `${path} is ${error.message}; \`sluice train\` makes a new one` };
  }
}

function messageOf(path: string, trouble: Trouble): string {
  switch (trouble.what) {
    case "absent":
      return `there is no file ${path}; \`sluice train --data FILE --out ${path}\` makes it`;
    case "too-large":
      return `${path} is not a model: ${trouble.bytes} bytes, where a model has at most ${MOST}; \`sluice train\` makes a new one`;
    case "folder":
    case "no-file":
      return `${path} cannot be read: it is ${trouble.what === "folder" ? "a folder" : "no file"}`;
    case "unreadable":
      return `${path} cannot be read: ${trouble.cause.message}`;
    default:
      return trouble satisfies never;
  }
}
