// How Envoy hands us a request body, as its first message of a call announces, and what that lets us do.
import type { BodyMode } from "../wire/processing-request.ts";

/**
 * `whole`: one message holds it, and its reply may still choose the route. `duplex`: pieces that wait for us. `late`: nothing of it in
 * time.
 */
export type BodyDelivery = "whole" | "duplex" | "late";

/** Envoy before 1.32 announces nothing: then what the documentation tells operators to configure is assumed. */
export function deliveryOf(mode: BodyMode | undefined): BodyDelivery {
  switch (mode) {
    case undefined:
    case "buffered":
    case "buffered-partial":
      return "whole";
    case "full-duplex-streamed":
      return "duplex";
    case "none":
    case "streamed":
    case "grpc":
      return "late";
  }
}

/**
 * Whether a call may end while Envoy still has request body to come. In the modes that hand it over in pieces Envoy (1.37 and 1.40), on a
 * route with retries, then sends some bodies to the model server twice: there the call goes on to the body's end.
 */
export function mayEndBeforeBody(mode: BodyMode | undefined): boolean {
  return mode === undefined || mode === "buffered" || mode === "none";
}
