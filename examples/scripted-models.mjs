// Three models by script behind OpenAI's interface, for trying `sluice replay` and `sluice judge` without a key and without a bill.
//
//   node examples/scripted-models.mjs --rows 300 > rows.jsonl     writes requests: sums, whose right results are known
//   node examples/scripted-models.mjs --port 9301                 serves; port 0: any free one; prints one line when ready
//
// `weak` and `strong` work out a product; weak is right in about 60 of 100, strong in 85, and strong says it at greater length. `judge`
// knows what is right, and has two faults on purpose: it likes the first answer, and the longer one. `judge-a` says A, whatever it sees.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { parseArgs } from "node:util";

const RIGHT_OF_100 = { weak: 60, strong: 85 };
const SENTENCES = { weak: [1, 5], strong: [3, 8] }; // at least, at most
const LIKES_FIRST = 0.8; // points of 10, as is the next
const LIKES_LONGER = 1.5; // where it is longer by 300 characters or more
const SENTENCE = "I multiplied the tens and the ones apart, and added them up with care. ";
const BYTES_PER_TOKEN = 4;
const PEOPLE_EVERY = 4; // rows that a person has compared
const REFERENCE_EVERY = 10; // rows that say what is right, for a grader

/** A number from 0 to 99 that looks drawn, and is the same every time (FNV-1a). */
function drawn(text) {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return ((hash ^ (hash >>> 15)) >>> 0) % 100;
}

function productOf(question) {
  const [, a, b] = /What is (\d+) times (\d+)\?/.exec(question) ?? [];
  return a === undefined ? undefined : { a, b, right: Number(a) * Number(b) };
}

function isRight(model, question) {
  return drawn(`${model} solves ${question}`) < RIGHT_OF_100[model];
}

function answerOf(model, question) {
  const product = productOf(question);
  if (product === undefined) return "I can only multiply.";
  const { a, b, right } = product;
  const [least, most] = SENTENCES[model];
  const sentences = least + (drawn(`${model} says ${question}`) % (most - least + 1));
  const result = isRight(model, question) ? right : right + 10 * (1 + (drawn(question) % 7));
  return `${SENTENCE.repeat(sentences)}So ${a} times ${b} is ${result}.`;
}

/** 8 of 10 for the right result, 3 for a wrong one, nothing for what answers another question or none. */
function worth(answer, product) {
  const said = [...answer.matchAll(/So (\d+) times (\d+) is (\d+)\./g)].at(-1);
  if (said === undefined || product === undefined || said[1] !== product.a || said[2] !== product.b) return 0;
  return Number(said[3]) === product.right ? 8 : 3;
}

function verdictOf(model, text) {
  if (model === "judge-a") return { reason: "A, as ever", A: 9, B: 2 };
  const part = (name) => new RegExp(`<${name}-[0-9a-f]+>\n([\\s\\S]*)\n</${name}-`).exec(text)?.[1] ?? "";
  const [a, b] = [part("answer-A"), part("answer-B")];
  const product = productOf(part("request"));
  const longer = LIKES_LONGER * Math.tanh((a.length - b.length) / 300);
  const tenths = (score) => Math.round(10 * Math.min(10, Math.max(0, score))) / 10;
  const [ofA, ofB] = [worth(a, product), worth(b, product)];
  const leaning = ofA === 0 || ofB === 0 ? 0 : (LIKES_FIRST + longer) / 2;
  return { reason: "by the result, and how it looks", A: tenths(ofA + leaning), B: tenths(ofB - leaning) };
}

function respond(body) {
  const text = body.messages?.at(-1)?.content ?? "";
  const isJudge = body.model === "judge" || body.model === "judge-a";
  if (!isJudge && RIGHT_OF_100[body.model] === undefined) return undefined;
  const content = isJudge ? JSON.stringify(verdictOf(body.model, text)) : answerOf(body.model, text);
  const usage = {
    prompt_tokens: Math.ceil(JSON.stringify(body.messages).length / BYTES_PER_TOKEN),
    completion_tokens: Math.ceil(content.length / BYTES_PER_TOKEN),
  };
  const choice = { index: 0, message: { role: "assistant", content }, finish_reason: "stop" };
  return { model: `scripted-${body.model}`, choices: [choice], usage };
}

function rows(count) {
  return Array.from({ length: count }, (_, at) => {
    const question = `What is ${12 + ((at * 37) % 87)} times ${13 + ((at * 53) % 83)}?`;
    const [weak, strong] = ["weak", "strong"].map((model) => isRight(model, question));
    const better = weak === strong ? "tie" : strong ? "strong" : "weak";
    return {
      id: `sum-${String(at + 1).padStart(4, "0")}`,
      request: { model: "any", messages: [{ role: "user", content: question }] },
      task: "maths",
      ...(at % REFERENCE_EVERY === 5 && { reference: { number: productOf(question).right } }),
      ...(at % PEOPLE_EVERY === 0 && { labels: [{ by: "ann", better }] }),
    };
  });
}

function serve(port) {
  const server = createServer(async (request, response) => {
    const answer = respond(await json(request).catch(() => ({})));
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { error: { message: "no such model: weak, strong, judge and judge-a are known" } }));
  });
  server.listen(port, "127.0.0.1", () => process.stdout.write(`ready on http://127.0.0.1:${server.address().port}\n`));
}

const { values } = parseArgs({ options: { port: { type: "string" }, rows: { type: "string" } } });
if (values.rows !== undefined) for (const row of rows(Number(values.rows))) process.stdout.write(`${JSON.stringify(row)}\n`);
else serve(Number(values.port ?? 9301));
