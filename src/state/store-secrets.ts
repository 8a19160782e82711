// What a store asks of whoever connects: the password, from a file that may change under us, or from the environment.
import { readFile } from "node:fs/promises";
import { SluiceError } from "../errors.ts";

export interface StoreSecrets {
  readonly password?: string;
}

export const PASSWORD_VARIABLE = "SLUICE_STATE_PASSWORD";

/** Throws `state-secret-unusable`. */
export async function storeSecrets(
  passwordFile: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<StoreSecrets> {
  const password = passwordFile === undefined ? env[PASSWORD_VARIABLE] : (await contentOf(passwordFile)).trim();
  return password === undefined ? {} : { password };
}

async function contentOf(file: string): Promise<string> {
  try {
    const text = await readFile(file, "utf8");
    if (text.trim() === "") throw new Error("is empty");
    return text;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new SluiceError("state-secret-unusable", `${file}: ${code === undefined ? message : "cannot be read"}`, { cause: error });
  }
}
