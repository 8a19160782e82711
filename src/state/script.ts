// A Lua script in the store, called by its hash: its text goes over the network only where the store does not know it.
import { createHash } from "node:crypto";
import type { StateConnection, StoreText } from "./connection.ts";

export type StoreScript = (keys: readonly string[], values: readonly StoreText[]) => Promise<unknown>;

export function storeScript(connection: StateConnection, text: string): StoreScript {
  const hash = createHash("sha1").update(text).digest("hex");
  return async (keys, values) => {
    const rest = [String(keys.length), ...keys, ...values];
    try {
      return await connection.send(["EVALSHA", hash, ...rest]);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return connection.send(["EVAL", text, ...rest]);
    }
  };
}
