import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bodyOf, dataFile, examplesOf } from "../study/dataset/files.ts";

interface Row {
  readonly prompt: string;
  readonly group: string | undefined;
  readonly weak: number;
  readonly strong: number;
}

const text = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1 }),
  fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", " ", "a", "你", "\ufeff"), minLength: 1 }),
);
const score = fc.double({ min: 0, max: 1, noNaN: true });
const row: fc.Arbitrary<Row> = fc.record({ prompt: text, group: fc.option(text, { nil: undefined }), weak: score, strong: score });

const jsonLines = (rows: readonly Row[]) => rows.map((each) => `${JSON.stringify(each)}\n`).join("");
const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
const csvRow = ({ prompt, group, weak, strong }: Row) =>
  `${group === undefined ? "" : quoted(group)},${strong},${quoted(prompt)},${weak}\n`;
const csv = (rows: readonly Row[]) => `group,strong,prompt,weak\n${rows.map(csvRow).join("")}`;

/** Where each row begins, counted on the text itself. */
const csvLines = (rows: readonly Row[]) => {
  let line = 2;
  return rows.map(({ prompt, group }) => {
    const begins = line;
    line += `${prompt}${group ?? ""}`.split("\n").length;
    return begins;
  });
};

test.each([
  ["rows.jsonl", jsonLines, (rows: readonly Row[]) => rows.map((_, at) => at + 1)],
  ["rows.jsonl.gz", jsonLines, (rows: readonly Row[]) => rows.map((_, at) => at + 1)],
  ["rows.csv", csv, csvLines],
  ["rows.csv.gz", csv, csvLines],
])("whatever rows are written to %s come back as they were, each with its line", async (name, write, lines) => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
      const file = dataFile(name, write(rows));
      const examples = await examplesOf([file]);
      expect(examples.map(({ truth, group }) => ({ truth, group }))).toEqual(
        rows.map(({ weak, strong, group }) => ({ truth: { kind: "scores", weak: weak + 0, strong: strong + 0 }, group })),
      );
      expect(examples.map(bodyOf)).toEqual(rows.map(({ prompt }) => ({ messages: [{ role: "user", content: prompt }] })));
      expect(examples.map(({ place }) => place)).toEqual(lines(rows).map((line) => `${file}:${line}`));
    }),
    { numRuns: 60 },
  );
});

test("however the bytes are cut into pieces, standard input gives the same rows", async () => {
  const cut = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 5 }),
      cut,
      fc.constantFrom("json", "csv", "gz"),
      async (rows, sizes, kind) => {
        const content = Buffer.from(kind === "csv" ? csv(rows) : jsonLines(rows));
        const examples = await examplesOf(["-"], { stdin: pieces(kind === "gz" ? gzipSync(content) : content, sizes) });
        expect(examples.map(bodyOf)).toEqual(rows.map(({ prompt }) => ({ messages: [{ role: "user", content: prompt }] })));
      },
    ),
    { numRuns: 100 },
  );
});

async function* pieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn++) {
    const end = at + (sizes[turn % sizes.length] ?? 1);
    yield bytes.subarray(at, end);
    at = end;
  }
}
