// Vectors of many texts: asked for once, kept in a file, and asked again where the server is busy.
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { embeddedBy } from "../../../src/study/embedding/embedder.ts";
import { VectorsFile } from "../../../src/study/embedding/vectors-file.ts";
import { startVectorServer } from "../../support/vector-server.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-vectors-"));
});
afterAll(() => rm(folder, { recursive: true }));

const OF = { model: "m", dimensions: undefined };
const texts = Array.from({ length: 100 }, (_, at) => `text ${at}`);
const server = await startVectorServer((text) => [Number(text.slice(5)), 1, 0]);

async function embedded(name: string, wanted: readonly string[], endpoint: string | "nobody" = server.url, key?: string) {
  const file = await VectorsFile.open(join(folder, name), OF);
  const progress: string[] = [];
  const onProgress = (done: number, of: number) => void progress.push(`${done}/${of}`);
  try {
    return {
      vectors: await embeddedBy({ file, endpoint: endpoint === "nobody" ? undefined : endpoint, key, onProgress }, wanted),
      progress,
    };
  } finally {
    await file.close();
  }
}

describe("texts", () => {
  test("are embedded in the order they were given, each once, and stand in the file for the next run", async () => {
    const before = server.asked.length;
    const { vectors, progress } = await embedded("all", [...texts, ...texts], server.url, "secret");
    expect(vectors.map((vector) => Math.round((vector[0] ?? 0) / (vector[1] ?? 1)))).toEqual([...texts.keys(), ...texts.keys()]);
    expect(vectors.every((vector) => Math.abs(Math.hypot(...vector) - 1) < 1e-6)).toBe(true);
    expect(server.asked.slice(before).flat().toSorted()).toEqual(texts.toSorted());
    expect(server.keys.at(-1)).toBe("Bearer secret");
    expect(progress.at(-1)).toBe("100/100");
    const asked = server.asked.length;
    expect((await embedded("all", texts, "nobody")).vectors).toEqual(vectors.slice(0, 100));
    expect(server.asked.length).toBe(asked);
    expect(await readFile(join(folder, "all"), "utf8")).not.toContain("text 1");
  });

  test("are asked for again where the server is busy, and what came before is kept where it does not recover", async () => {
    server.statuses.push(429, 503);
    expect((await embedded("busy", texts.slice(0, 40))).vectors).toHaveLength(40);
    const file = await VectorsFile.open(join(folder, "broken"), OF);
    await embeddedBy({ file, endpoint: server.url, key: undefined, onProgress() {} }, texts.slice(0, 32));
    server.statuses.push(400);
    const next = embeddedBy({ file, endpoint: server.url, key: undefined, onProgress() {} }, texts.slice(0, 40));
    await expect(next).rejects.toMatchObject({ code: "embeddings-failed", message: `${server.url}: status 400: not now` });
    await file.close();
    const asked = server.asked.length;
    await embedded("broken", texts.slice(0, 40));
    expect(server.asked.slice(asked)).toEqual([texts.slice(32, 40)]);
  });

  test("are asked for again where the file's last line was torn off", async () => {
    await embedded("torn", texts.slice(0, 3));
    const whole = await readFile(join(folder, "torn"), "utf8");
    await writeFile(join(folder, "torn"), whole.slice(0, -9));
    const asked = server.asked.length;
    expect((await embedded("torn", texts.slice(0, 3))).vectors).toHaveLength(3);
    expect(server.asked.slice(asked)).toEqual([[texts[2]]]);
    expect(await readFile(join(folder, "torn"), "utf8")).toBe(whole);
  });

  test("whose vectors come in two lengths are an error, whichever request has which", async () => {
    const odd = await startVectorServer((text) => (text === "text 40" ? [1, 0] : [1, 0, 0]));
    await expect(embedded("odd", texts, odd.url)).rejects.toThrow(/^m: a vector of [23] numbers behind one of [23]$/);
  });

  test("without a vector and without an endpoint are an error that says how many", async () => {
    const file = await VectorsFile.open(join(folder, "nobody"), OF);
    const asked = embeddedBy({ file, endpoint: undefined, key: undefined, onProgress() {} }, texts);
    await expect(asked).rejects.toThrow("of 100 of 100 texts there is no vector, and no endpoint to ask");
  });
});

describe("a file of vectors", () => {
  test.each([
    ["of another model", { model: "n", dimensions: undefined }, "holds vectors of m, not of n"],
    ["of other dimensions", { model: "m", dimensions: 256 }, "holds vectors of m, not of m with 256 dimensions"],
  ])("%s is refused", async (_what, of, message) => {
    await embedded("kept", texts.slice(0, 2));
    const path = join(folder, "kept");
    await expect(VectorsFile.open(path, of)).rejects.toMatchObject({ code: "vectors-unusable", message: `${path}: ${message}` });
  });

  test("that is another file, or has vectors of two lengths, is refused by its line", async () => {
    const other = join(folder, "other");
    await writeFile(other, '{"prompt":"hello"}\n');
    await expect(VectorsFile.open(other, OF)).rejects.toThrow(`${other}:1: is no file of vectors`);
    await embedded("mixed", texts.slice(0, 2));
    const mixed = join(folder, "mixed");
    await appendFile(mixed, `${JSON.stringify({ text: "x", vector: Buffer.alloc(8, 1).toString("base64") })}\n`);
    await expect(VectorsFile.open(mixed, OF)).rejects.toThrow(`${mixed}:4: expected a vector as long as the first, found 8 bytes`);
  });

  test("is taken as it is where nobody says whose it is to be; a missing one is an error then", async () => {
    await embedded("whose", texts.slice(0, 2));
    expect((await VectorsFile.open(join(folder, "whose"), undefined)).of).toEqual(OF);
    await expect(VectorsFile.open(join(folder, "missing"), undefined)).rejects.toThrow("there is no such file");
  });
});
