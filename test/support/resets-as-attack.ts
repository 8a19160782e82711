// Loaded into sluice by `node --import`: a thousand resets on a connection are taken for an attack, whether their calls were answered or
// not, as most HTTP/2 servers have it, so that tests see what happens then.
interface Resets {
  remove(stream: unknown): void;
}

const built = (name: string) => import(new URL(`../../dist/envoy/grpc/http2/${name}.js`, import.meta.url).href);
const { Streams } = (await built("streams")) as { Streams: { readonly prototype: Resets } };
const { ConnectionError, ERROR_CODE } = await built("frames");

const TOLERATED = 1000;
const { remove } = Streams.prototype;
const counted = new WeakMap<Resets, number>(); // by connection

Streams.prototype.remove = function (this: Resets, stream) {
  remove.call(this, stream);
  const resets = (counted.get(this) ?? 0) + 1;
  counted.set(this, resets);
  if (resets !== TOLERATED + 1) return; // after it the connection is given up, its other streams removed
  throw new ConnectionError(ERROR_CODE.enhanceYourCalm, "too many resets");
};

export {};
