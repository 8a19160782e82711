// The admin port: health, readiness, metrics and the effective configuration over HTTP, for operators and probes. Read-only.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { claimListenAddress, formatListenAddress, type ListenAddress, listenError, parseListenAddress } from "../config/address.ts";
import type { Config } from "../config/config.ts";
import { redacted } from "../config/redact.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { ADMIN_PATHS, type AdminPath } from "./paths.ts";

export interface AdminOptions {
  readonly listen: string; // as in the configuration
  readonly metrics: Metrics;
  readonly ready: () => true | string; // true, or why not
  readonly config: () => Config; // the effective one
}

export interface AdminServer {
  readonly address: string; // what it listens on, the port filled in
  close(): Promise<void>;
}

/** Listens and serves. Throws a `listen-…` error. */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const address = parseListenAddress(options.listen);
  const server = createServer((request, response) => {
    answer(options, request).then(
      (reply) => send(request, response, reply),
      (error: unknown) => send(request, response, text(500, `internal error: ${String(error)}`)),
    );
  });
  await claimListenAddress(address);
  await listen(server, address);
  return { address: formatListenAddress(boundAddress(server, address)), close: () => close(server) };
}

interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly allow?: string;
}

async function answer(options: AdminOptions, request: IncomingMessage): Promise<Reply> {
  const path = (request.url ?? "").replace(/\?.*$/s, "");
  if (!isAdminPath(path)) return text(404, `${path}: not found; there are ${Object.keys(ADMIN_PATHS).join(", ")}`);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { ...text(405, `${request.method}: not allowed on ${path}; use GET or HEAD`), allow: "GET, HEAD" };
  }
  switch (path) {
    case "/healthz":
      return text(200, "ok");
    case "/readyz": {
      const ready = options.ready();
      return ready === true ? text(200, "ready") : text(503, `not ready: ${ready}`);
    }
    case "/metrics":
      return metricsReply(options.metrics, request.headers.accept ?? "");
    case "/config":
      return {
        status: 200,
        contentType: "application/json; charset=utf-8",
        body: `${JSON.stringify(redacted(options.config()), null, 2)}\n`,
      };
    default:
      return path satisfies never;
  }
}

async function metricsReply(metrics: Metrics, accept: string): Promise<Reply> {
  const exposition = await metrics.expose(accept.includes("application/openmetrics-text") ? "openmetrics" : "prometheus");
  return { status: 200, contentType: exposition.contentType, body: exposition.text };
}

function isAdminPath(path: string): path is AdminPath {
  return Object.hasOwn(ADMIN_PATHS, path);
}

function text(status: number, line: string): Reply {
  return { status, contentType: "text/plain; charset=utf-8", body: `${line}\n` };
}

function send(request: IncomingMessage, response: ServerResponse, { status, contentType, body, allow }: Reply): void {
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    ...(allow === undefined ? {} : { allow }),
  });
  response.end(request.method === "HEAD" ? undefined : body);
  request.resume(); // a body nobody asked for must not keep the connection
}

function listen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(address, error)));
    server.listen(address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port }, resolve);
  });
}

function boundAddress(server: Server, asked: ListenAddress): ListenAddress {
  return asked.kind === "unix" ? asked : { ...asked, port: (server.address() as AddressInfo).port };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
