// Topics for tests: a text is about the topic whose words it holds, and about none that can be told without any.
import { BUCKETS, TextReader } from "../../../../src/request/policy/learned/text-reader.ts";
import { placesOf, TOPICS_A_FEATURE, type TopicModel } from "../../../../src/request/policy/learned/topics.ts";

export function topicsOfWords(words: Readonly<Record<string, readonly string[]>>): TopicModel {
  const reader = new TextReader();
  const names = Object.keys(words);
  const held = names.map((name) =>
    (words[name] ?? []).flatMap((word) => {
      reader.read(new TextEncoder().encode(word));
      return [...reader.buckets.subarray(0, reader.count)];
    }),
  );
  const bits = new Uint8Array(BUCKETS / 8);
  for (const bucket of held.flat()) bits[bucket >>> 3] = (bits[bucket >>> 3] ?? 0) | (1 << (bucket & 7));
  const places = placesOf(bits);
  const weights = new Int8Array(new Set(held.flat()).size * TOPICS_A_FEATURE);
  const spoken = new Uint8Array(weights.length);
  held.forEach((buckets, topic) => {
    for (const bucket of buckets) {
      const first = (places[bucket] ?? 0) * TOPICS_A_FEATURE;
      spoken[first + topic] = topic;
      weights[first + topic] = 127;
    }
  });
  return { names, bits, spoken, weights, scale: 4 / 127, biases: new Float64Array(names.length), least: 0.6 };
}
