// What the admin port answers a request with.

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly allow?: string;
}

export function text(status: number, line: string): Reply {
  return { status, contentType: "text/plain; charset=utf-8", body: `${line}\n` };
}

export function json(status: number, value: unknown): Reply {
  return { status, contentType: "application/json; charset=utf-8", body: `${JSON.stringify(value)}\n` };
}

export function notAllowed(method: string | undefined, path: string, allow: string): Reply {
  return { ...text(405, `${method}: not allowed on ${path}; use ${allow.replace(", ", " or ")}`), allow };
}
