// The admin port over HTTP, for operators and probes: health, readiness, metrics, live figures and the effective configuration; and for
// applications, to say how good an answer was.
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { claimListenAddress, formatListenAddress, type ListenAddress, listenError, parseListenAddress } from "../../listen-address.ts";
import { type ServerTls, secure, tlsServerOptions } from "../../tls.ts";
import { LIVE_PAGE } from "../live/page.ts";
import type { LiveReloadFailure, LiveView } from "../live/view.ts";
import type { Feedback } from "../signals/feedback.ts";
import type { FeedbackResult } from "../signals/signals.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { feedbackReply } from "./feedback.ts";
import { type AskHistory, historyReply } from "./history.ts";
import { ADMIN_PATHS, type AdminPath } from "./paths.ts";
import { json, notAllowed, type Reply, text } from "./reply.ts";
import { NO_ROLLOUT, type RolloutDesk, rolloutReply } from "./rollout.ts";
import { trustedNames } from "./trusted-names.ts";
import type { Access } from "./write-access.ts";
import { writeToken } from "./write-token.ts";

/** As in the configuration. */
export interface AdminListen {
  readonly admin: string; // its address
  readonly adminHosts: readonly string[]; // names by which it may be asked, beside loopback's and its own
  readonly adminTokenFile?: string | undefined; // has the token that writes must bring
}

export interface AdminOptions {
  readonly listen: AdminListen;
  readonly tls?: ServerTls | undefined; // undefined: plain text
  readonly env: Readonly<Record<string, string | undefined>>; // may have that token, too
  readonly metrics: Pick<Metrics, "expose" | "connectionRefused">;
  readonly ready: () => Awaitable<true | string>; // true, or why not
  readonly notReloaded: () => Awaitable<LiveReloadFailure | undefined>;
  readonly config: () => unknown; // the effective one as JSON, with nothing secret in it; may be a promise
  readonly live: () => Awaitable<LiveView>;
  readonly feedback: (feedback: Feedback) => Awaitable<FeedbackResult>;
  readonly rollout?: RolloutDesk; // undefined: nothing can be rolled out
  readonly history?: AskHistory | undefined; // undefined: there is none
}

/** At once in the process that decides; where several do, they are asked. */
type Awaitable<T> = T | Promise<T>;

export interface AdminServer {
  readonly address: string; // what it listens on, the port filled in
  close(): Promise<void>;
}

/** Those of operators, probes and applications that rate answers; Node.js closes idle ones after 5 seconds. */
const MOST_CONNECTIONS = 256;

/** Listens and serves. Throws a `listen-…` error, or `admin-token-unusable`. */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const { admin, adminHosts, adminTokenFile } = options.listen;
  const address = parseListenAddress(admin);
  const access = { names: trustedNames(address, adminHosts), token: await writeToken(adminTokenFile, options.env) };
  const { server, abandonHandshakes } = serverOf(options.tls, (request, response) => {
    answer(options, access, request).then(
      (reply) => send(request, response, reply),
      (error: unknown) => send(request, response, text(500, `internal error: ${String(error)}`)),
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on("drop", () => options.metrics.connectionRefused("admin"));
  await claimListenAddress(address);
  await listen(server, address);
  return {
    address: formatListenAddress(boundAddress(server, address)),
    close() {
      const closed = close(server);
      abandonHandshakes();
      return closed;
    },
  };
}

function serverOf(tls: ServerTls | undefined, answer: RequestListener): { server: Server; abandonHandshakes: () => void } {
  if (tls === undefined) return { server: createServer(answer), abandonHandshakes() {} };
  const server = createTlsServer(tlsServerOptions(tls), answer);
  return { server, ...secure(server, tls) };
}

/** Probes and scrapers come by whatever name and learn nothing a page could use. */
const BY_ANY_NAME: readonly AdminPath[] = ["/healthz", "/readyz", "/metrics"];

async function answer(options: AdminOptions, access: Access, request: IncomingMessage): Promise<Reply> {
  const path = (request.url ?? "").replace(/\?.*$/s, "");
  if (!isAdminPath(path)) return text(404, `${path}: not found; there are ${Object.keys(ADMIN_PATHS).join(", ")}`);
  if (path === "/v1/feedback") return feedbackReply(request, access, options.feedback);
  if (path === "/v1/rollout") return rolloutReply(request, access, options.rollout ?? NO_ROLLOUT);
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed(request.method, path, "GET, HEAD");
  if (!BY_ANY_NAME.includes(path) && !access.names.isTrustedHost(request.headers.host)) {
    return text(403, `${request.headers.host}: not a name of this port; use its address, or add the name to listen.adminHosts`);
  }
  switch (path) {
    case "/":
      return { status: 200, contentType: "text/html; charset=utf-8", body: LIVE_PAGE };
    case "/live":
      return json(200, await options.live());
    case "/v1/history":
      return historyReply(options.history);
    case "/healthz":
      return text(200, "ok");
    case "/readyz":
      return readyReply(options);
    case "/metrics":
      return metricsReply(options.metrics, request.headers.accept ?? "");
    case "/config":
      return {
        status: 200,
        contentType: "application/json; charset=utf-8",
        body: `${JSON.stringify(await options.config(), null, 2)}\n`,
      };
    default:
      return path satisfies never;
  }
}

/** A change that could not be taken leaves it ready: the old configuration serves. */
async function readyReply({ ready, notReloaded }: AdminOptions): Promise<Reply> {
  const state = await ready();
  if (state !== true) return text(503, `not ready: ${state}`);
  const failure = await notReloaded();
  return text(200, failure === undefined ? "ready" : `ready; ${failure.summary}`);
}

async function metricsReply(metrics: AdminOptions["metrics"], accept: string): Promise<Reply> {
  const exposition = await metrics.expose(accept.includes("application/openmetrics-text") ? "openmetrics" : "prometheus");
  return { status: 200, contentType: exposition.contentType, body: exposition.text };
}

function isAdminPath(path: string): path is AdminPath {
  return Object.hasOwn(ADMIN_PATHS, path);
}

function send(request: IncomingMessage, response: ServerResponse, { status, contentType, body, headers }: Reply): void {
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    ...headers,
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
