// Run as a process of its own: reads a generated data set as its standard input, and prints rows, bytes and its own peak memory.
import { readExamples } from "../../../src/study/dataset/read-examples.ts";

const [format, megabytes] = process.argv.slice(2);
const TEXT = 'Explain how the quick brown fox jumps, "over" the lazy dog and then\nkeeps going; '.repeat(6);
const ROWS_A_PIECE = 500;

function line(at: number): string {
  const prompt = `${at} ${TEXT.slice(0, 100 + ((at * 37) % 400))}`;
  if (format === "csv") return `"${prompt.replaceAll('"', '""')}",${at % 3 === 0 ? "True" : "False"},1\n`;
  const object = JSON.stringify({ prompt, weak: at % 3 === 0 ? 1 : 0, strong: 1 });
  return format === "json-list" ? `${at === 0 ? "[" : ","}${object}` : `${object}\n`; // the list on one line
}

let written = 0;

async function* generated(): AsyncGenerator<Buffer> {
  let at = 0;
  if (format === "csv") yield Buffer.from("prompt,weak,strong\n");
  while (written < Number(megabytes) * 1e6) {
    const piece = Buffer.from(Array.from({ length: ROWS_A_PIECE }, () => line(at++)).join(""));
    written += piece.length;
    yield piece;
  }
  if (format === "json-list") yield Buffer.from("]");
}

let rows = 0;
for await (const _ of readExamples(["-"], { stdin: generated() })) rows++;
process.stdout.write(JSON.stringify({ rows, megabytes: written / 1e6, peakMegabytes: process.resourceUsage().maxRSS / 1024 }));
