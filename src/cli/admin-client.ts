// Asks a running sluice's admin port, over TCP or a Unix socket.
import { request } from "node:http";
import { json, text } from "node:stream/consumers";
import { SluiceError } from "../errors.ts";

const TIMEOUT_MS = 5000;
const UNIX = "unix:";
const MAX_SAID = 300; // characters of why it refuses

/** GETs JSON. `admin`: a URL, host:port, or unix:/path. Throws `admin-unreachable`. */
export async function askAdmin(admin: string, path: string): Promise<unknown> {
  try {
    return await get(admin, path);
  } catch (error) {
    throw new SluiceError("admin-unreachable", `${admin}: no answer from the admin port of sluice`, { cause: error });
  }
}

function get(admin: string, path: string): Promise<unknown> {
  const { socketPath, url } = target(admin, path);
  return new Promise((resolve, reject) => {
    const asked = request(url, { timeout: TIMEOUT_MS, ...(socketPath === undefined ? {} : { socketPath }) }, (response) => {
      if (response.statusCode === 200) return void json(response).then(resolve, reject);
      const refused = (why: string) => reject(new Error(`it answered ${path} with status ${response.statusCode}: ${why}`));
      if (response.statusCode === 403) return void text(response).then((said) => refused(said.slice(0, MAX_SAID).trim()), reject);
      response.resume();
      refused("is it sluice?");
    });
    asked.on("timeout", () => asked.destroy(new Error(`nothing within ${TIMEOUT_MS / 1000} s`)));
    asked.on("error", (error: NodeJS.ErrnoException) => reject(error.code === "ECONNREFUSED" ? new Error("nothing listens there") : error));
    asked.end();
  });
}

function target(admin: string, path: string): { readonly socketPath: string | undefined; readonly url: URL } {
  if (admin.startsWith(UNIX)) return { socketPath: admin.slice(UNIX.length), url: new URL(path, "http://localhost") };
  return { socketPath: undefined, url: new URL(path, admin.includes("://") ? admin : `http://${admin}`) };
}
