// Tells what a text is about, of the topics that the training rows named: a small multinomial over those hashed features that tell most.
import { type Fields, fromBase64, numberIn, numbersIn, toBase64, wrong } from "./model-fields.ts";
import { BUCKETS, type TextReader } from "./text-reader.ts";

/** What is called a topic where none is likely enough. */
export const OTHER_TOPIC = "other";
export const MAX_TOPICS = 64;
/** Features that are asked, at most: weights stand in two bytes' worth of places, and in half a MiB together. */
export const MAX_TOPIC_FEATURES = 8192;
export const MAX_TOPIC_WEIGHTS = 1 << 19;

export interface TopicModel {
  readonly names: readonly string[];
  readonly bits: Uint8Array; // one a bucket: 1 of those that are asked
  readonly weights: Int8Array; // of those, ascending: one a topic
  readonly scale: number;
  readonly biases: Float64Array; // by topic
  readonly least: number; // probability under which a text is of another topic
}

/** What a request was found to be about. */
export interface Topic {
  readonly name: string; // or OTHER_TOPIC
  readonly probability: number; // of the likeliest topic, whether it is the name or not
  readonly model: string; // id of the model that told it
}

export class TopicTeller {
  readonly #model: TopicModel;
  readonly #places: Uint16Array; // by bucket that is asked: where its weights stand, in topics
  readonly #sums: Int32Array;

  constructor(model: TopicModel) {
    this.#model = model;
    this.#places = placesOf(model.bits);
    this.#sums = new Int32Array(model.names.length);
  }

  /** Of the text that was read last. P(k) ∝ exp(bias[k] + scale · Σ weights[features, k] / sqrt(number of features that are asked)). */
  tell({ buckets, count }: TextReader, model: string): Topic {
    const { names, bits, weights, scale, biases, least } = this.#model;
    const sums = this.#sums.fill(0);
    const topics = names.length;
    let asked = 0;
    for (let at = 0; at < count; at++) {
      const bucket = buckets[at] ?? 0;
      if ((((bits[bucket >>> 3] ?? 0) >>> (bucket & 7)) & 1) === 0) continue;
      asked++;
      const first = (this.#places[bucket] ?? 0) * topics;
      for (let topic = 0; topic < topics; topic++) sums[topic] = (sums[topic] ?? 0) + (weights[first + topic] ?? 0);
    }
    const factor = asked === 0 ? 0 : scale / Math.sqrt(asked);
    const scoreOf = (topic: number) => (biases[topic] ?? 0) + factor * (sums[topic] ?? 0);
    let best = 0;
    for (let topic = 1; topic < topics; topic++) if (scoreOf(topic) > scoreOf(best)) best = topic;
    const most = scoreOf(best);
    let all = 0;
    for (let topic = 0; topic < topics; topic++) all += Math.exp(scoreOf(topic) - most);
    const probability = 1 / all;
    return { name: probability < least ? OTHER_TOPIC : (names[best] ?? OTHER_TOPIC), probability, model };
  }
}

/** The place of each feature among those that are asked. */
export function placesOf(bits: Uint8Array): Uint16Array {
  const places = new Uint16Array(BUCKETS);
  let next = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) if ((((bits[bucket >>> 3] ?? 0) >>> (bucket & 7)) & 1) === 1) places[bucket] = next++;
  return places;
}

export function topicsJson({ bits, weights, biases, ...rest }: TopicModel): object {
  return { ...rest, bits: toBase64(bits), weights: toBase64(weights), biases: [...biases] };
}

/** Throws a ModelFileError. */
export function topicsOf(fields: Fields): TopicModel {
  const { names } = fields;
  const areNames =
    Array.isArray(names) && names.length >= 2 && names.length <= MAX_TOPICS && names.every((name) => typeof name === "string");
  if (!areNames) throw wrong("topics.names");
  const bits = fromBase64(fields["bits"]);
  if (bits?.length !== BUCKETS / 8) throw wrong("topics.bits");
  const asked = bits.reduce((sum, byte) => sum + ones(byte), 0);
  const weights = fromBase64(fields["weights"]);
  if (asked > MAX_TOPIC_FEATURES || weights?.length !== asked * names.length) throw wrong("topics.weights");
  return {
    names: names as string[],
    bits,
    weights: new Int8Array(weights.buffer),
    scale: numberIn(fields, "scale"),
    biases: numbersIn(fields, "biases", names.length),
    least: numberIn(fields, "least", 0, 1),
  };
}

function ones(byte: number): number {
  let count = 0;
  for (let left = byte; left > 0; left >>= 1) count += left & 1;
  return count;
}
