// What follows the messages of one ext_proc call once they are decoded.
import type { ProcessingRequest } from "../wire/processing-request.ts";
import type { CallHandler } from "./transport.ts";

export interface MessageHandler extends Omit<CallHandler, "message"> {
  request(request: ProcessingRequest): void;
}
