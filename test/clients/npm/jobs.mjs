// What every program beside this one does: reads jobs, one line of JSON each, and writes what came of each as a line of JSON.
// A job is {format, kind: chat | stream | tool, url, prompt}; its outcome {text, pieces, ran}: the text of the answer, into how many pieces
// it came, and with what the tool was called.
import { createInterface } from "node:readline";

export const MODEL = "glm-5";
export const SCHEMA = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
export const getWeather = ({ city }) => `It is sunny in ${city}`;

/** `formats` maps a format to a function of (kind, url, prompt) that resolves to {pieces, ran}. */
export async function serve(formats) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { format, kind, url, prompt } = JSON.parse(line);
    const outcome = await formats[format](kind, url, prompt).then(
      ({ pieces, ran }) => ({ text: pieces.join(""), pieces: pieces.length, ran }),
      (error) => ({ error: error.stack }),
    );
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
  }
}
