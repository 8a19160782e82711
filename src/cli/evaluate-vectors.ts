// The vectors that policies on trial take: read from the vectors' file, or asked for, before the rows are decided; and what is said where
// there are none.
import { isUtf8 } from "node:buffer";
import type { Config } from "../config/config.ts";
import { SluiceError } from "../errors.ts";
import { ChatScanner, MAX_BODY_BYTES } from "../request/chat/scanner.ts";
import { embeddedText } from "../request/policy/learned/embedded-text.ts";
import type { Policy } from "../request/policy/policy.ts";
import type { VectorKind } from "../request/policy/vectors.ts";
import type { Example } from "../study/dataset/example.ts";
import { ask, type PolicyOnTrial, type TextOf, type VectorsOf } from "../study/evaluate/trial.ts";
import { type EmbeddingOptions, openVectors } from "./embedding-options.ts";

export interface TrialVectors {
  readonly model: string;
  readonly vectorsOf: VectorsOf;
  /** The same examples, as soon as the vectors of some hundred are known. */
  prepared(examples: AsyncIterable<Example>): AsyncIterable<Example>;
  close(): Promise<void>;
}

const EXAMPLES_AT_ONCE = 256;

/** Undefined: none are given. Throws where no policy takes those that are. */
export async function trialVectors(
  { envelopes }: Pick<Config, "envelopes">,
  policies: readonly PolicyOnTrial[],
  options: EmbeddingOptions,
  data: readonly string[],
): Promise<TrialVectors | undefined> {
  const vectors = await openVectors(options, data);
  if (vectors === undefined) return undefined;
  const { model, embed, vectorOf, close } = vectors;
  const kinds = policies.flatMap(({ policy }) => kindsOf(policy)).filter((kind) => kind.model === model);
  if (kinds.length === 0) throw new SluiceError("vectors-unusable", `none of the policies takes vectors of ${model}`);
  const scopes = [...new Set(kinds.map(({ scope }) => scope))];
  const scanner = new ChatScanner({ keywords: [], scopes, params: [], envelopes, maxBodyBytes: MAX_BODY_BYTES, isUtf8 });
  const textsOf = (text: TextOf) => kinds.map((kind) => embeddedText(text(kind.scope), kind.readBytes));
  const embedAll = async (examples: readonly Example[]) => {
    const texts = examples.flatMap((example) => {
      const asked = ask(scanner, example);
      return asked.kind === "asked" ? textsOf((scope) => asked.request.text(scope)).filter((text) => text !== "") : [];
    });
    const [first] = await embed(texts);
    const other = kinds.find(({ dimensions }) => first !== undefined && dimensions !== first.length);
    if (other !== undefined)
      throw new SluiceError("vectors-unusable", `the vectors have ${first?.length} numbers, a policy's model takes ${other.dimensions}`);
  };
  return {
    model,
    close,
    vectorsOf: (text) =>
      new Map(
        textsOf(text).flatMap((each, at) => {
          const [kind, vector] = [kinds[at], vectorOf(each)];
          return kind === undefined || vector?.length !== kind.dimensions ? [] : [[kind.key, vector] as const];
        }),
      ),
    async *prepared(examples) {
      let some: Example[] = [];
      for await (const example of examples) {
        some.push(example);
        if (some.length < EXAMPLES_AT_ONCE) continue;
        await embedAll(some);
        yield* some;
        some = [];
      }
      await embedAll(some);
      yield* some;
    },
  };
}

/** How vectors are given to `evaluate`. */
export const GIVE_VECTORS = "; --embeddings FILE or --embedding-endpoint gives them";

/** Whose figures are not those of traffic. `model`: whose vectors are given; `remedy`: what would help, where something does. */
export function withoutVectorsText(
  policies: readonly Pick<PolicyOnTrial, "name" | "policy">[],
  { model, remedy = "" }: { readonly model?: string | undefined; readonly remedy?: string } = {},
): string {
  const missing = policies.filter(({ policy }) => kindsOf(policy).some((kind) => kind.model !== model));
  if (missing.length === 0) return "";
  const names = missing.map(({ name }) => name).join(", ");
  return `${names}: measured without the vectors that the model takes${remedy}\n`;
}

/** Those of all that it asks, too. */
function kindsOf({ takesVector, links = [] }: Policy): readonly VectorKind[] {
  return [...(takesVector === undefined ? [] : [takesVector]), ...links.flatMap(({ policy }) => kindsOf(policy))];
}
