// The token that writes to the admin port must bring, where the operator gave one: in a file, or in the environment. It is never shown.
import { createHash, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import { SluiceError } from "../../errors.ts";

export const TOKEN_VARIABLE = "SLUICE_ADMIN_TOKEN";

export type TokenCheck = "right" | "missing" | "wrong" | "unreadable";

export interface WriteToken {
  /** `authorization`: the request's. A file is read anew each time, so that a secret may be changed under it. */
  check(authorization: string | undefined): Promise<TokenCheck>;
}

/** Undefined: none is asked for. The file counts before the environment. Throws `admin-token-unusable`. */
export async function writeToken(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<WriteToken | undefined> {
  const given = env[TOKEN_VARIABLE];
  if (file === undefined && given === undefined) return undefined;
  const read = async () => usable(file ?? TOKEN_VARIABLE, file === undefined ? (given ?? "") : await contentOf(file));
  await read();
  return {
    async check(authorization) {
      const brought = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
      if (brought === undefined) return "missing";
      try {
        return isSame(brought, await read()) ? "right" : "wrong";
      } catch {
        return "unreadable";
      }
    },
  };
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new SluiceError("admin-token-unusable", `${file}: cannot be read`, { cause: error });
  }
}

function usable(where: string, text: string): string {
  const token = text.trim();
  if (!/^[\x21-\x7e]{1,4096}$/.test(token)) {
    throw new SluiceError("admin-token-unusable", `${where}: ${token === "" ? "is empty" : "holds no token, one word of ASCII"}`);
  }
  return token;
}

/** Takes as long however much of it is right. */
function isSame(brought: string, token: string): boolean {
  const [one, other] = [brought, token].map((text) => createHash("sha256").update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(one, other);
}
