// Reads a trained model's file for the configuration, so that a missing or damaged one is a problem of the line that names it.
import { resolve } from "node:path";
import type { Verifier } from "../answer/verifier/verifier.ts";
import { MAX_VERIFIER_BYTES, parseVerifier, VerifierFileError } from "../answer/verifier/verifier-file.ts";
import type { LearnedModel } from "../request/policy/learned/learned-model.ts";
import { MAX_MODEL_BYTES, ModelFileError, parseModel } from "../request/policy/learned/model-file.ts";
import { type FileRead, readBoundedSync, type Trouble } from "./bounded-file.ts";

/** A problem's message says what is wrong and what to do. */
export type ModelRead = Read<"model", LearnedModel>;
export type VerifierRead = Read<"verifier", Verifier>;
type Read<Kind extends string, Found> =
  | ({ readonly kind: Kind } & { readonly [Key in Kind]: Found })
  | { readonly kind: "problem"; readonly message: string };

/** Reads the model at a path as the configuration spells it. */
export interface ReadModel {
  (file: string): ModelRead;
  /** A verifier of answers, likewise. */
  readonly verifier?: (file: string) => VerifierRead;
}

/** What was found at a path. */
export type OnRead = (path: string, identity: string) => void;

/** Of all models of a configuration: each stays in memory, and two of each during a reload. */
const MAX_BYTES = 16 << 20;

/** For paths from this folder; each is read once. Takes a few milliseconds a model. */
export function modelsIn(folder: string, onRead: OnRead = () => {}): ReadModel {
  let bytesLeft = MAX_BYTES;
  const reading = <Made>(maxBytes: number, made: (path: string, found: FileRead) => Made) => {
    const known = new Map<string, Made | Problem>();
    const read = (path: string): Made | Problem => {
      const found = readBoundedSync(path, maxBytes);
      onRead(path, found.identity);
      if (found.kind === "read") bytesLeft -= found.bytes.length;
      if (bytesLeft < 0) return { kind: "problem", message: `${path}: all models together have at most ${MAX_BYTES >> 20} MiB` };
      return made(path, found);
    };
    return (file: string): Made | Problem => {
      const path = resolve(folder, file);
      const before = known.get(path);
      if (before !== undefined) return before;
      const model = read(path);
      known.set(path, model);
      return model;
    };
  };
  return Object.assign(reading(MAX_MODEL_BYTES, modelOf), { verifier: reading(MAX_VERIFIER_BYTES, verifierOf) });
}

interface Problem {
  readonly kind: "problem";
  readonly message: string;
}

function modelOf(path: string, found: FileRead): ModelRead {
  if (found.kind === "trouble") return { kind: "problem", message: messageOf(path, found.trouble, "sluice train") };
  try {
    return { kind: "model", model: parseModel(found.bytes) };
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error;
    return { kind: "problem", message: `${path} is ${error.message}; \`sluice train\` makes a new one` };
  }
}

function verifierOf(path: string, found: FileRead): VerifierRead {
  if (found.kind === "trouble") return { kind: "problem", message: messageOf(path, found.trouble, "sluice train --answers") };
  try {
    return { kind: "verifier", verifier: parseVerifier(found.bytes) };
  } catch (error) {
    if (!(error instanceof VerifierFileError)) throw error;
    return { kind: "problem", message: `${path} is ${error.message}; \`sluice train --answers\` makes a new one` };
  }
}

/** `command`: makes one. */
function messageOf(path: string, trouble: Trouble, command: string): string {
  switch (trouble.what) {
    case "absent":
      return `there is no file ${path}; \`${command} --data FILE --out ${path}\` makes it`;
    case "too-large":
      return `${path} is not a model: ${trouble.bytes} bytes, where a model has at most 1 MiB; \`${command}\` makes a new one`;
    case "folder":
    case "no-file":
      return `${path} cannot be read: it is ${trouble.what === "folder" ? "a folder" : "no file"}`;
    case "unreadable":
      return `${path} cannot be read: ${trouble.cause.message}`;
    default:
      return trouble satisfies never;
  }
}
