// The keys of an embedding endpoint, which more than one part of the configuration has.
import { z } from "zod";
import { httpUrl } from "./fields.ts";

export const embeddingFields = {
  endpoint: httpUrl.describe("your embedding server's URL, with its path: `http://127.0.0.1:8080/v1/embeddings`, asked as OpenAI's is"),
  model: z.string().min(1).max(256),
  keyFile: z.string().min(1).optional().describe("a file with its API key. Default: `SLUICE_EMBEDDING_KEY`'s; else none"),
  dimensions: z.int().min(8).max(8192).optional(),
  timeoutMs: z.int().min(1).max(1000).default(50),
  pricePerMTok: z.number().min(0).max(1000).default(0).describe("US dollars per million tokens of embeddings, to be counted"),
};
