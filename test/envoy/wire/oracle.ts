// Independent readers and writers of the same messages, for comparison: protobufjs over our own .proto files and over the official ones,
// which @grpc/grpc-js-xds carries (an older version of Envoy's).
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MethodDefinition } from "@grpc/grpc-js";
import { loadSync, type Options } from "@grpc/proto-loader";
import protobufjs from "protobufjs";
import { ACCESS_LOG_METHOD, EXT_PROC_METHOD } from "../../../src/envoy/wire/methods.ts";

const OUR_FOLDERS = [fileURLToPath(new URL("../../../proto", import.meta.url))];
const OFFICIAL_DEPS = join(dirname(createRequire(import.meta.url).resolve("@grpc/grpc-js-xds/package.json")), "deps");
const OFFICIAL_FOLDERS = ["envoy-api", "xds", "googleapis", "protoc-gen-validate"].map((name) => join(OFFICIAL_DEPS, name));
const FILES = ["envoy/service/ext_proc/v3/external_processor.proto", "envoy/service/accesslog/v3/als.proto"];

/** Encodes what Envoy sends and decodes what we reply. */
export interface Oracle {
  encodeProcessingRequest(value: object): Buffer;
  decodeProcessingResponse(bytes: Uint8Array): Record<string, unknown>;
  encodeAccessLogMessage(value: object): Buffer;
}

export const ours = oracle(OUR_FOLDERS);
export const official = oracle(OFFICIAL_FOLDERS);

export function ourTypes(): protobufjs.Root {
  return types(OUR_FOLDERS);
}

export function officialTypes(): protobufjs.Root {
  return types(OFFICIAL_FOLDERS);
}

function oracle(folders: readonly string[]): Oracle {
  const options: Options = { includeDirs: [...folders], keepCase: true, longs: Number, enums: Number, arrays: true, oneofs: true };
  const extProc = method(EXT_PROC_METHOD, options);
  const accessLog = method(ACCESS_LOG_METHOD, options);
  return {
    encodeProcessingRequest: (value) => extProc.requestSerialize(value),
    decodeProcessingResponse: (bytes) => extProc.responseDeserialize(Buffer.from(bytes)) as Record<string, unknown>,
    encodeAccessLogMessage: (value) => accessLog.requestSerialize(value),
  };
}

/** The method served at a path: that it is found proves the path. */
function method(path: string, options: Options): MethodDefinition<object, object> {
  const [, service = "", name = ""] = path.split("/");
  const definition = loadSync(FILES, options)[service] as Record<string, MethodDefinition<object, object>> | undefined;
  const found = definition?.[name];
  if (found === undefined || found.path !== path) throw new Error(`no method ${path}`);
  return found;
}

function types(folders: readonly string[]): protobufjs.Root {
  const root = new protobufjs.Root();
  root.resolvePath = (origin, target) =>
    folders.map((folder) => join(folder, target)).find((path) => protobufjs.util.fs?.existsSync(path)) ??
    protobufjs.util.path.resolve(origin, target);
  root.loadSync(FILES, { keepCase: true });
  return root.resolveAll() as protobufjs.Root;
}
