// Our .proto files against the official ones: same packages, messages, names, numbers and types, so that the two are one on the wire.
import protobufjs from "protobufjs";
import { describe, expect, it } from "vitest";
import { officialTypes, ourTypes } from "./oracle.ts";

/**
 * Fields and enum values newer than the official files at hand. Numbers and types are those of Envoy's main branch, as a real Envoy 1.40
 * sends and accepts them (protocol_config in every first message, streamed_response in FULL_DUPLEX_STREAMED).
 */
const NEWER_FIELDS: Readonly<Record<string, string>> = {
  "envoy.service.ext_proc.v3.ProcessingRequest.protocol_config": "11 .envoy.service.ext_proc.v3.ProtocolConfiguration",
  "envoy.service.ext_proc.v3.ProtocolConfiguration.request_body_mode":
    "1 .envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode",
  "envoy.service.ext_proc.v3.ProtocolConfiguration.response_body_mode":
    "2 .envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode",
  "envoy.service.ext_proc.v3.ProtocolConfiguration.send_body_without_waiting_for_header_response": "3 bool",
  "envoy.service.ext_proc.v3.HttpBody.end_of_stream_without_message": "3 bool",
  "envoy.service.ext_proc.v3.HttpBody.grpc_message_compressed": "4 bool",
  "envoy.service.ext_proc.v3.BodyMutation.streamed_response": "3 .envoy.service.ext_proc.v3.StreamedBodyResponse in mutation",
  "envoy.service.ext_proc.v3.StreamedBodyResponse.body": "1 bytes",
  "envoy.service.ext_proc.v3.StreamedBodyResponse.end_of_stream": "2 bool",
  "envoy.service.ext_proc.v3.StreamedBodyResponse.end_of_stream_without_message": "3 bool",
  "envoy.service.ext_proc.v3.StreamedBodyResponse.grpc_message_compressed": "4 bool",
  "envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.FULL_DUPLEX_STREAMED": "4",
  "envoy.extensions.filters.http.ext_proc.v3.ProcessingMode.BodySendMode.GRPC": "5",
};

const ourFields = facts(ourTypes());
const officialFields = facts(officialTypes());

describe("our subset of Envoy's messages", () => {
  it("speaks of every message the codec reads and writes", () => {
    expect(Object.keys(ourFields).length).toBeGreaterThan(120);
  });

  it.each(Object.entries(ourFields))("%s is %s, as in the official files", (name, fact) => {
    expect(fact).toBe(officialFields[name] ?? NEWER_FIELDS[name]);
  });

  it("keeps no entry for a field that the official files have by now", () => {
    expect(Object.keys(NEWER_FIELDS).filter((name) => name in officialFields)).toEqual([]);
  });
});

/** Every field, enum value and method under `root`, by full name: number, type, and the oneof it belongs to. */
function facts(root: protobufjs.Root): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (object: protobufjs.ReflectionObject): void => {
    const name = object.fullName.slice(1);
    if (object instanceof protobufjs.Field) found[name] = fieldFact(object);
    else if (object instanceof protobufjs.Method) found[name] = methodFact(object);
    else if (object instanceof protobufjs.Enum)
      for (const [value, number] of Object.entries(object.values)) found[`${name}.${value}`] = `${number}`;
    if (object instanceof protobufjs.Type) object.fieldsArray.forEach(visit);
    if (object instanceof protobufjs.Service) object.methodsArray.forEach(visit);
    if (object instanceof protobufjs.Namespace) object.nestedArray.forEach(visit);
  };
  visit(root);
  return found;
}

function fieldFact(field: protobufjs.Field): string {
  const type = field.resolvedType?.fullName ?? field.type;
  const shape = field instanceof protobufjs.MapField ? `map<${field.keyType}, ${type}>` : `${field.repeated ? "repeated " : ""}${type}`;
  return `${field.id} ${shape}${field.partOf === null ? "" : ` in ${field.partOf.name}`}`;
}

function methodFact(method: protobufjs.Method): string {
  const side = (streams: boolean | undefined, type: protobufjs.Type | null) => `${streams ? "stream " : ""}${type?.fullName}`;
  return `${side(method.requestStream, method.resolvedRequestType)} returns ${side(method.responseStream, method.resolvedResponseType)}`;
}
