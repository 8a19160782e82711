// Envoy's side of the ext_proc protocol for tests: requests encoded and replies decoded by protobufjs from our .proto files, never by
// src/envoy/wire.
import { fileURLToPath } from "node:url";
import { loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const ROOT = fileURLToPath(new URL("../../proto", import.meta.url));
const loaded = loadPackageDefinition(
  loadSync("envoy/service/ext_proc/v3/external_processor.proto", {
    includeDirs: [ROOT],
    keepCase: true,
    defaults: false,
    oneofs: true,
    enums: String,
  }),
);
const service = serviceOf(loaded, "envoy.service.ext_proc.v3.ExternalProcessor");
const { Process } = service.service;

function serviceOf(tree: unknown, name: string): ServiceClientConstructor {
  return name.split(".").reduce((node, part) => (node as Record<string, unknown>)[part], tree) as ServiceClientConstructor;
}

export interface HeaderValue {
  readonly key: string;
  readonly raw_value: Buffer;
}

/** The parts of a ProcessingResponse that tests look at, as protobufjs gives them. */
export interface Reply {
  readonly response: string; // which member of the oneof
  readonly request_headers?: { readonly response?: CommonResponse };
  readonly request_body?: { readonly response?: CommonResponse };
  readonly response_headers?: { readonly response?: CommonResponse };
  readonly response_body?: { readonly response?: CommonResponse };
  readonly immediate_response?: {
    readonly status: { readonly code: number | string };
    readonly body: Buffer;
    readonly headers?: { readonly set_headers: readonly { readonly header: HeaderValue }[] };
  };
}

export interface CommonResponse {
  readonly header_mutation?: {
    readonly set_headers?: readonly { readonly header: HeaderValue; readonly append_action?: string }[];
    readonly remove_headers?: readonly string[];
  };
  readonly body_mutation?: {
    readonly body?: Buffer;
    readonly streamed_response?: { readonly body?: Buffer; readonly end_of_stream?: boolean };
  };
  readonly clear_route_cache?: boolean;
}

export function encodeRequest(request: object): Buffer {
  if (Process === undefined) throw new Error("no Process method in proto/");
  return Process.requestSerialize(request);
}

export function decodeReply(bytes: Uint8Array): Reply {
  if (Process === undefined) throw new Error("no Process method in proto/");
  return Process.responseDeserialize(Buffer.from(bytes)) as Reply;
}

/** Request headers as Envoy sends them. */
export function requestHeaders(headers: Readonly<Record<string, string>>, rest: { readonly end_of_stream?: boolean } = {}): object {
  const all = { ":method": "POST", ":path": "/v1/chat/completions", "content-type": "application/json", ...headers };
  return {
    request_headers: { headers: { headers: Object.entries(all).map(([key, value]) => ({ key, raw_value: Buffer.from(value) })) }, ...rest },
  };
}

export function requestBody(body: Uint8Array | string, end_of_stream = true): object {
  return { request_body: { body: Buffer.from(body), end_of_stream } };
}

/** The headers a reply sets, by name. */
export function headersSet(common: CommonResponse | undefined): Record<string, string> {
  return Object.fromEntries((common?.header_mutation?.set_headers ?? []).map(({ header }) => [header.key, header.raw_value.toString()]));
}
