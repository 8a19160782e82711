// What a request is about, asked of a model where a policy wants to know: once a request, and noted on it for the log.
import type { PolicyRequest } from "../policy.ts";
import type { LearnedModel } from "./learned-model.ts";
import { TextReader } from "./text-reader.ts";
import { type Topic, type TopicModel, TopicTeller } from "./topics.ts";

/** A model that tells topics. */
export type TopicSource = Pick<LearnedModel, "id" | "scope" | "readBytes"> & { readonly topics: TopicModel };

/** Undefined: the model tells none. */
export function topicSource({ id, scope, readBytes, topics }: LearnedModel): TopicSource | undefined {
  return topics === undefined ? undefined : { id, scope, readBytes, topics };
}

/** The same of a request whose text `reader` has just read, as the policy does that scores with this very model. */
export function topicOfRead({ id, topics }: TopicSource, reader: TextReader): (request: PolicyRequest) => Topic {
  const teller = new TopicTeller(topics);
  return (request) => {
    if (request.topic?.model === id) return request.topic;
    const topic = teller.tell(reader, id);
    request.topic = topic;
    return topic;
  };
}

/** Reads the request's text unless this model has been asked about it before. Its scope must be measured. */
export function topicAsker({ id, scope, readBytes, topics }: TopicSource): (request: PolicyRequest) => Topic {
  const reader = new TextReader(readBytes);
  const teller = new TopicTeller(topics);
  return (request) => {
    if (request.topic?.model === id) return request.topic;
    reader.read(request.text(scope));
    const topic = teller.tell(reader, id);
    request.topic = topic;
    return topic;
  };
}
