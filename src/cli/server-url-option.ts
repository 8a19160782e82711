// A command-line option that is the URL of a model server.
import { InvalidArgumentError } from "commander";
import { parseServerUrl, type ServerUrl } from "../setup/stack/server-url.ts";

export function serverUrl(text: string): ServerUrl {
  const url = parseServerUrl(text);
  if (url === undefined) throw new InvalidArgumentError("It must be an http or https URL, without user, query or fragment.");
  return url;
}
