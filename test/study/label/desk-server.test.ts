// Who may ask the page's server for what.
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deskListener, newToken } from "../../../src/study/label/desk-server.ts";
import { deskOn, type OpenDesk } from "./rows.ts";

const TOKEN = newToken();
let server: Server;
let port = 0;
let opened: OpenDesk;
const troubles: string[] = [];

beforeAll(async () => {
  opened = await deskOn();
  server = createServer(deskListener(opened.desk, TOKEN, (message) => troubles.push(message)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function ask(path: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: "127.0.0.1", path, method: body === undefined ? "GET" : "POST", headers }, (response) => {
      let text = "";
      response.on("data", (piece: Buffer) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const JSON_TYPE = { "content-type": "application/json" };
const LABEL = JSON.stringify({ at: 5, choice: "weak", note: "" });

describe("the page's server", () => {
  test("gives the page with a policy under which nothing but its own script runs, and nobody frames it", async () => {
    const { status, headers, body } = await ask(`/${TOKEN}/`);
    expect(status).toBe(200);
    const policy = String(headers["content-security-policy"]);
    const [, nonce = "?"] = /script-src 'nonce-([\w-]+)'/.exec(policy) ?? [];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect([...body.matchAll(/<(?:script|style)[^>]*>/g)].map(String)).toEqual([`<style nonce="${nonce}">`, `<script nonce="${nonce}">`]);
    expect(headers).toMatchObject({ "referrer-policy": "no-referrer", "cache-control": "no-store", "x-content-type-options": "nosniff" });
  });

  test.each([
    ["without the token", "/", {}],
    ["with another", `/${newToken()}/state`, {}],
    ["with its front", `/${TOKEN.slice(0, -1)}/state`, {}],
  ])("shows nothing %s", async (_, path, headers) => {
    expect((await ask(path, headers)).status).toBe(404);
  });

  test.each(["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example"])(
    "shows nothing to a page that has the name %j resolve to this machine",
    async (host) => {
      expect((await ask(`/${TOKEN}/state`, { host })).status).toBe(403);
    },
  );

  test.each(["localhost:8080", "127.0.0.1:1", "LOCALHOST", "[::1]:9"])("may be asked by %s, as through a tunnel", async (host) => {
    expect((await ask(`/${TOKEN}/state`, { host })).status).toBe(200);
  });

  test.each([
    ["a page of another origin", { ...JSON_TYPE, origin: "http://evil.example" }, LABEL, 403],
    ["a page of another port", { ...JSON_TYPE, origin: "http://127.0.0.1:1" }, LABEL, 403],
    ["a page without an origin", { ...JSON_TYPE, origin: "null" }, LABEL, 403],
    ["what a form can send", { "content-type": "text/plain" }, LABEL, 415],
    ["no JSON", JSON_TYPE, "{", 400],
    ["a choice of no row", JSON_TYPE, JSON.stringify({ at: 77, choice: "weak", note: "" }), 400],
    ["a note of a megabyte", JSON_TYPE, JSON.stringify({ at: 5, choice: "weak", note: "x".repeat(1 << 20) }), 413],
  ])("writes nothing for %s", async (_, headers, body, status) => {
    expect((await ask(`/${TOKEN}/labels`, headers, body)).status).toBe(status);
    expect(opened.desk.state().done.filter(Boolean)).toEqual([]);
  });

  test("writes nothing without the token", async () => {
    expect((await ask("/labels", JSON_TYPE, LABEL)).status).toBe(404);
    expect((await ask(`/${newToken()}/labels`, JSON_TYPE, LABEL)).status).toBe(404);
    expect(opened.desk.state().done.filter(Boolean)).toEqual([]);
  });

  test("writes for its own page, and takes back", async () => {
    const own = { ...JSON_TYPE, origin: `http://127.0.0.1:${port}` };
    expect(JSON.parse((await ask(`/${TOKEN}/labels`, own, LABEL)).body)).toMatchObject({ last: 5 });
    expect(JSON.parse((await ask(`/${TOKEN}/undo`, own, "{}")).body)).toMatchObject({ last: null });
  });

  test("says at the page and in the terminal that a label could not be written", async () => {
    await opened.journal.close();
    const failed = await ask(`/${TOKEN}/labels`, JSON_TYPE, LABEL);
    expect([failed.status, failed.body]).toEqual([500, expect.stringContaining("the label is not on the disk")]);
    expect(troubles.join()).toContain("the label is not on the disk");
    expect(opened.desk.state().done.filter(Boolean)).toEqual([]);
  });
});
