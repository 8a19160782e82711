// A client that speaks HTTP/2 without TLS: Envoy holds its bodies to other limits than those of HTTP/1.1.
import { connect } from "node:http2";
import type { Answer, Headers } from "../../support/requests.ts";
import type { Echo } from "../../support/stand-ins.ts";

/** POSTs a chat body and reads the stand-in's echo. */
export async function askHttp2(url: string, body: string, headers: Headers = {}): Promise<Answer> {
  const session = connect(url);
  try {
    const path = { ":method": "POST", ":path": "/v1/chat/completions" };
    const stream = session.request({ ...path, "content-type": "application/json", "x-stand-in-echo": "1", ...headers });
    const answered = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      stream.once("response", resolve);
      stream.once("error", reject);
      session.once("error", reject);
    });
    stream.end(body);
    const head = await answered;
    let text = "";
    for await (const piece of stream.setEncoding("utf8")) text += String(piece);
    const status = Number(head[":status"]);
    if (status !== 200) throw new Error(`${status}: ${text}`);
    const [tier, servedBy] = [String(head["x-sluice-tier"]), String(head["x-stand-in"])];
    return { status, tier, servedBy, attempts: 0, echo: JSON.parse(text) as Echo };
  } finally {
    session.close();
  }
}
