// What answers on an admin address that is no Envoy's, or an old one's, is said in words; and nothing is asked but by GET.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { askEnvoy } from "../../../src/setup/doctor/envoy-admin.ts";
import { freePort } from "../../support/free-port.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** By path; what is not there is answered 404. */
async function answering(answers: Readonly<Record<string, string>>): Promise<string> {
  const server = createServer((request, response) => {
    const text = request.method === "GET" ? answers[request.url ?? ""] : undefined;
    response.writeHead(text === undefined ? 404 : 200).end(text);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serverInfo = (version: string) => JSON.stringify({ version, state: "LIVE" });

describe("an Envoy", () => {
  const CURRENT = {
    "/server_info": serverInfo("9e55809/1.40.0/Clean/RELEASE/BoringSSL"),
    "/config_dump?include_eds": '{"configs":[]}',
    "/stats": 'a.text: "x"\ncluster.a.b: 12\nhttp.llm.x: 0\nserver.time: P0(nan,1)\n',
  };

  test.each(["", "http://"])("is asked what it is, what it does and what it counted, at %shost:port", async (scheme) => {
    const { version, configDump, stats } = await askEnvoy(`${scheme}${await answering(CURRENT)}`);
    expect(version).toBe("1.40.0");
    expect(configDump).toEqual({ configs: [] });
    expect([...stats]).toEqual([
      ["cluster.a.b", 12],
      ["http.llm.x", 0],
    ]);
  });

  test("older than those tested with is refused", async () => {
    const admin = await answering({ ...CURRENT, "/server_info": serverInfo("0b8e8e9/1.36.4/Distribution/RELEASE/BoringSSL") });
    await expect(askEnvoy(admin)).rejects.toMatchObject({ code: "envoy-too-old", message: `${admin}: Envoy 1.36.4` });
  });
});

describe("no Envoy", () => {
  test.each([
    ["another server", {}, "answered /server_info with status 404"],
    ["another server's JSON", { "/server_info": "{}" }, "its /server_info names no version of Envoy"],
    ["a page", { "/server_info": "<html>" }, "what it answers is no JSON"],
  ])("%s is not taken for one", async (_, answers, message) => {
    const admin = await answering(answers);
    await expect(askEnvoy(admin)).rejects.toMatchObject({ code: "envoy-not-recognised", message: `${admin}: ${message}` });
  });

  test("nothing there, and no address at all", async () => {
    const nothing = askEnvoy(`127.0.0.1:${await freePort()}`);
    await expect(nothing).rejects.toMatchObject({ code: "envoy-unreachable", cause: { message: "nothing listens there" } });
    await expect(askEnvoy("http://x y")).rejects.toMatchObject({ code: "envoy-unreachable", cause: { message: "Invalid URL" } });
  });
});
