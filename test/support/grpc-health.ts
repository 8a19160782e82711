// Asks a gRPC server how it is (grpc.health.v1), as a kubelet's probe does.
import { Client, credentials } from "@grpc/grpc-js";

const CHECK = "/grpc.health.v1.Health/Check";
const SERVICE_FIELD = 0x0a;
const STATUS_FIELD = 0x08;
const SERVING = 1;

/** True when it says SERVING within the deadline; false for any other answer, or none. */
export async function isServing(address: string, service: string, deadlineMs: number): Promise<boolean> {
  const client = new Client(address, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  const request = Buffer.concat([Buffer.from([SERVICE_FIELD, Buffer.byteLength(service)]), Buffer.from(service)]);
  try {
    return await new Promise<boolean>((resolve) => {
      client.makeUnaryRequest(
        CHECK,
        (bytes: Buffer) => bytes,
        (bytes) => bytes[0] === STATUS_FIELD && bytes[1] === SERVING,
        request,
        { deadline: Date.now() + deadlineMs },
        (error, serving) => resolve(error === null && serving === true),
      );
    });
  } finally {
    client.close();
  }
}
