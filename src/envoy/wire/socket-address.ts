// Network addresses as Envoy writes them, read as the text operators know: ip:port.
import { delimited, type FieldReader, varint } from "./protobuf.ts";
import { readRecurringText } from "./recurring-text.ts";

/** The IP address and port of an Address; neither is set for a pipe or an internal address. */
export interface SocketAddress {
  address: string;
  port: number;
}

const ADDRESS = { socketAddress: delimited(1), pipe: delimited(2), envoyInternalAddress: delimited(3) } as const;
const SOCKET_ADDRESS = { address: delimited(2), portValue: varint(3), namedPort: delimited(4) } as const;

/** `ip:port`, IPv6 in brackets; "" for what is not a socket address. */
export function hostAndPort({ address, port }: SocketAddress): string {
  if (address === "") return "";
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Reads one Address. Its members exclude each other: the last one sent counts. */
export function readAddress(into: SocketAddress, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case ADDRESS.socketAddress:
        reader.readMessage(into, readSocketAddress);
        break;
      case ADDRESS.pipe:
      case ADDRESS.envoyInternalAddress:
        into.address = "";
        into.port = 0;
        reader.skipField();
        break;
      default:
        reader.skipField();
    }
  }
}

function readSocketAddress(into: SocketAddress, reader: FieldReader): void {
  while (reader.nextField()) {
    switch (reader.tag) {
      case SOCKET_ADDRESS.address:
        into.address = readRecurringText(reader);
        break;
      case SOCKET_ADDRESS.portValue:
        into.port = reader.readUint32();
        break;
      case SOCKET_ADDRESS.namedPort:
        into.port = 0;
        reader.skipField();
        break;
      default:
        reader.skipField();
    }
  }
}
