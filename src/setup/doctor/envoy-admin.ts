// Asks a running Envoy's admin interface what it is, what it is configured to do, and what it has counted. Only GETs: nothing is changed.
import { SluiceError } from "../../errors.ts";

const TIMEOUT_MS = 10_000; // a dump may be many megabytes
const OLDEST = [1, 37] as const; // the composite cluster, by which a tier falls back to another, came with it

export interface RunningEnvoy {
  readonly version: string; // "1.40.0"
  readonly configDump: unknown;
  /** Counters and gauges by name. */
  readonly stats: ReadonlyMap<string, number>;
}

/** `admin`: a URL, or host:port. Throws `envoy-unreachable`, `envoy-not-recognised` or `envoy-too-old`. */
export async function askEnvoy(admin: string): Promise<RunningEnvoy> {
  const version = versionOf(admin, await get(admin, "/server_info"));
  const [dump, stats] = await Promise.all([get(admin, "/config_dump?include_eds"), get(admin, "/stats")]);
  return { version, configDump: json(admin, dump), stats: countsIn(stats) };
}

async function get(admin: string, path: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(new URL(path, admin.includes("://") ? admin : `http://${admin}`), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.ok) return await response.text();
  } catch (error) {
    throw new SluiceError("envoy-unreachable", `${admin}: no answer to ${path}`, { cause: reasonOf(error) });
  }
  throw new SluiceError("envoy-not-recognised", `${admin}: answered ${path} with status ${response.status}`);
}

/** The reason why nothing answered is inside: fetch itself says no more than that it failed. */
function reasonOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === "TimeoutError") return new Error(`nothing within ${TIMEOUT_MS / 1000} s`);
  const { cause } = error;
  if (cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED") return new Error("nothing listens there");
  return cause instanceof Error && error.message === "fetch failed" ? cause : error;
}

/** `version` of /server_info is "commit/1.40.0/Clean/RELEASE/BoringSSL". */
function versionOf(admin: string, serverInfo: string): string {
  const info = json(admin, serverInfo);
  const text = typeof info === "object" && info !== null && "version" in info ? String(info.version) : "";
  const [, version, major, minor] = /^[^/]*\/((\d+)\.(\d+)\.\d+)[^/]*\//.exec(text) ?? [];
  if (version === undefined) throw new SluiceError("envoy-not-recognised", `${admin}: its /server_info names no version of Envoy`);
  if (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]) throw new SluiceError("envoy-too-old", `${admin}: Envoy ${version}`);
  return version;
}

function json(admin: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SluiceError("envoy-not-recognised", `${admin}: what it answers is no JSON`, { cause });
  }
}

/** Lines such as `cluster.sluice.upstream_cx_total: 2`; texts and histograms are left out. */
function countsIn(text: string): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(/^(.+): (\d+)$/gm)].map(([, name = "", value]) => [name, Number(value)]));
}
