// Loaded into sluice by `node --import`: calls that are reset before they are answered are soon taken for an attack, as they are by most
// HTTP/2 servers, so that tests see what happens then.
const { LIMITS } = (await import(new URL("../../dist/http2/limits.js", import.meta.url).href)) as {
  LIMITS: { resets: { burst: number; perSecond: number } };
};

Object.assign(LIMITS.resets, { burst: 100, perSecond: 1 });

export {};
