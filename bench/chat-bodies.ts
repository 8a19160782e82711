// Chat bodies of about a given size: prose in two languages, an image, code (an escape every 25 bytes), tool definitions.
import { randomBytes } from "node:crypto";

const ENGLISH = (
  "the service reads a queue of jobs and writes rows to a table when each worker is ready it takes one item and keeps a lease until the " +
  "row is stored we saw that some items stay too long in the list and the clients wait for a reply, while the log shows nothing odd. " +
  'Please explain what could cause this, described per person "quoted" come result\n'
).split(" ");
const CHINESE = [
  ..."服务从队列中读取任务并将结果写入表中当每个工作进程准备好时它会取出一个项目并保持租约直到该行被存储我们看到有些项目在列表中停留太久",
  ..."客户端等待回复而日志没有显示任何异常请解释可能的原因以及如何找到它设分优调迁架重，。",
];
const CODE =
  "func (s *Store) Put(ctx context.Context, k string, v []byte) error {\n" +
  '\tif len(v) == 0 {\n\t\treturn fmt.Errorf("empty %q", k)\n\t}\n}\n';

export const KINDS = ["english", "chinese", "image", "code", "tools"] as const;
export type Kind = (typeof KINDS)[number];

/** A body of about `bytes` bytes. */
export function chatBody(kind: Kind, bytes: number): Buffer {
  const pick = picker();
  switch (kind) {
    case "english":
      return written(conversation(bytes, () => `${pick(ENGLISH)} `));
    case "chinese":
      return written(conversation(bytes, () => pick(CHINESE)));
    case "code":
      return written(conversation(bytes, () => CODE));
    case "image":
      return written({ ...conversation(600, () => `${pick(ENGLISH)} `), messages: [{ role: "user", content: imageParts(bytes) }] });
    case "tools":
      return written({
        ...conversation(600, () => `${pick(ENGLISH)} `),
        tools: Array.from({ length: Math.round(bytes / 290) }, (_, i) => tool(i)),
      });
  }
}

function conversation(bytes: number, piece: () => string) {
  const turns = bytes < 4096 ? 3 : 12;
  const messages = Array.from({ length: turns }, (_, i) => ({
    role: i % 2 ? "assistant" : "user",
    content: filled((bytes - 200) / turns - 40, piece),
  }));
  return {
    model: "gpt-4o-mini",
    temperature: 0.7,
    stream: true,
    messages: [{ role: "system", content: "You are a helpful assistant." }, ...messages],
  };
}

function filled(bytes: number, piece: () => string): string {
  let text = "";
  for (let size = 0; size < bytes; ) {
    const next = piece();
    text += next;
    size += Buffer.byteLength(next);
  }
  return text;
}

function imageParts(bytes: number) {
  const url = `data:image/png;base64,${randomBytes(Math.round(bytes * 0.74)).toString("base64")}`;
  return [
    { type: "text", text: "What is this?" },
    { type: "image_url", image_url: { url } },
  ];
}

function tool(i: number) {
  const properties = { table: { type: "string", description: "Table name" }, limit: { type: "integer" } };
  const description = "Read rows of a table. Complex filters are allowed.";
  return {
    type: "function",
    function: { name: `read_rows_${i}`, description, parameters: { type: "object", properties, required: ["table"] } },
  };
}

function written(body: object): Buffer {
  return Buffer.from(JSON.stringify(body));
}

/** Picks as a linear congruential generator says. */
function picker(): <T>(list: readonly T[]) => T {
  let state = 7;
  return (list) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return list[Math.floor((state / 2 ** 32) * list.length)] as (typeof list)[number];
  };
}
