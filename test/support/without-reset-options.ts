// Loaded into sluice by `node --import`: takes away the raised limits on stream resets, so that tests see what holds without them.
import http2 from "node:http2";

const { createServer } = http2;
const mutable: { createServer: (options: http2.ServerOptions) => http2.Http2Server } = http2;

mutable.createServer = (options) => {
  const { streamResetBurst: _burst, streamResetRate: _rate, ...rest } = options;
  return createServer(rest);
};
