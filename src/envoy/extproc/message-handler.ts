// What follows the messages of one ext_proc call once they are decoded.

import type { CallHandler } from "../grpc/transport.ts";
import type { ProcessingRequest } from "../wire/processing-request.ts";

export interface MessageHandler extends Omit<CallHandler, "message"> {
  request(request: ProcessingRequest): void;
}
