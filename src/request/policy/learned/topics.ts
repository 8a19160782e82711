// Tells what a text is about, of the topics that the training rows named: a small multinomial over those hashed features that tell most.
import { type Fields, fromBase64, numberIn, numbersIn, toBase64, wrong } from "./model-fields.ts";
import { BUCKETS, type TextReader } from "./text-reader.ts";

/** What is called a topic where none is likely enough. */
export const OTHER_TOPIC = "other";
export const MAX_TOPICS = 64;
/** Features that are asked, at most. */
export const MAX_TOPIC_FEATURES = 8192;
/** Topics that a feature speaks for or against: of more it says next to nothing, and to ask for all takes five times as long. */
export const TOPICS_A_FEATURE = 6;

export interface TopicModel {
  readonly names: readonly string[];
  readonly bits: Uint8Array; // one a bucket: 1 of those that are asked
  readonly spoken: Uint8Array; // of those, ascending: TOPICS_A_FEATURE numbers of topics
  readonly weights: Int8Array; // one for each of these
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
  readonly #scores: Float64Array;

  constructor(model: TopicModel) {
    this.#model = model;
    this.#places = placesOf(model.bits);
    this.#sums = new Int32Array(model.names.length);
    this.#scores = new Float64Array(model.names.length);
  }

  /** Of the text that was read last. P(k) ∝ exp(bias[k] + scale · Σ weights[features, k] / sqrt(features that are asked)). */
  tell({ buckets, count }: TextReader, model: string): Topic {
    const { names, bits, spoken, weights, scale, biases, least } = this.#model;
    const sums = this.#sums.fill(0);
    const places = this.#places;
    let asked = 0;
    for (let at = 0; at < count; at++) {
      const bucket = buckets[at] ?? 0;
      if ((((bits[bucket >>> 3] ?? 0) >>> (bucket & 7)) & 1) === 0) continue;
      asked++;
      const first = (places[bucket] ?? 0) * TOPICS_A_FEATURE;
      for (let place = first; place < first + TOPICS_A_FEATURE; place++) {
        const topic = spoken[place] ?? 0;
        sums[topic] = (sums[topic] ?? 0) + (weights[place] ?? 0);
      }
    }
    const factor = asked === 0 ? 0 : scale / Math.sqrt(asked);
    const scores = this.#scores;
    let best = 0;
    for (let topic = 0; topic < scores.length; topic++) {
      const score = (biases[topic] ?? 0) + factor * (sums[topic] ?? 0);
      scores[topic] = score;
      if (score > (scores[best] ?? 0)) best = topic;
    }
    const most = scores[best] ?? 0;
    let all = 0;
    for (let topic = 0; topic < scores.length; topic++) all += Math.exp((scores[topic] ?? 0) - most);
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

export function topicsJson({ bits, spoken, weights, biases, ...rest }: TopicModel): object {
  return { ...rest, bits: toBase64(bits), spoken: toBase64(spoken), weights: toBase64(weights), biases: [...biases] };
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
  const spoken = fromBase64(fields["spoken"]);
  const areSpoken = asked <= MAX_TOPIC_FEATURES && spoken?.length === asked * TOPICS_A_FEATURE;
  if (!areSpoken || spoken.some((topic) => topic >= names.length)) throw wrong("topics.spoken");
  const weights = fromBase64(fields["weights"]);
  if (weights?.length !== spoken.length) throw wrong("topics.weights");
  return {
    names: names as string[],
    bits,
    spoken,
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
