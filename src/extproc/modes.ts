// How Envoy hands us a request body, as its first message of a call announces, and what that lets us do.
import type { BodyMode } from "../wire/processing-request.ts";

/** `whole`: one message holds it, and its reply may still choose the route. `duplex`: pieces that wait for us. `late`: nothing of it in time. */
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
