// What the rest of the program must know of a capability's part of the configuration: what stands under one key at the top of the file.
// Each says all of it in one file of this folder; list.ts names them. No member has a default: what is left out does not compile.
import type { z } from "zod";
import type { TierName } from "../../request/policy/policy.ts";
import type { Effective } from "../effective.ts";
import type { KeyPath } from "../key-path.ts";
import type { ReadModel } from "../model-source.ts";
import type { Complain } from "../references.ts";

export interface Capability<Schema extends z.ZodType, Settings> {
  readonly schema: Schema; // each key with its default and meaning

  /** From the file to the settings: complains of what does not fit, and fills in what depends on other keys. */
  resolve(file: z.output<Schema>, context: CapabilityContext): Settings;
  /** The settings as they are shown; what looks like a secret is masked all the same. */
  shown(settings: Settings): unknown;
  /** The file's keys as they take effect, those it leaves out too. */
  effective(file: z.output<Schema>, settings: Settings): Effective<z.output<Schema>>;
  /** Its keys whose values are never shown; of a map, its names are. */
  readonly secrets: readonly string[];
  /** Its keys that a reload does not change. */
  readonly atNextStart: readonly string[];
  /** What is allowed and hardly meant, a sentence each. */
  warnings(settings: Settings, context: WarningContext): readonly CapabilityWarning[];
}

export interface CapabilityContext {
  readonly tiers: readonly TierName[]; // cheap first, each once
  readonly policies: readonly string[]; // their names
  readonly hasCascade: boolean; // policies may name it in the place of a tier
  readonly readModel: ReadModel;
  readonly complain: Complain; // paths are from the top of the file
}

export interface WarningContext {
  readonly reached: ReadonlySet<TierName>; // tiers that a request may be sent to
  readonly unpriced: ReadonlySet<TierName>; // those of them whose tokens have no price
}

export interface CapabilityWarning {
  readonly key: KeyPath; // from the capability: `[0]`
  readonly message: string;
}

/** For members where nothing is to be changed. */
export const asGiven = <Value>(value: Value): Value => value;

/** For members that have nothing to say. */
export const none = (): readonly never[] => [];

/** Of capabilities that are what the file says, with the defaults that stand in the schema. */
export const plain = {
  resolve: asGiven,
  shown: asGiven,
  effective: asGiven,
  secrets: [],
  atNextStart: [],
  warnings: none,
} as const;
