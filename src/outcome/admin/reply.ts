// What the admin port answers a request with.

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>; // beside the usual ones
}

export function text(status: number, line: string): Reply {
  return { status, contentType: "text/plain; charset=utf-8", body: `${line}\n` };
}

export function json(status: number, value: unknown): Reply {
  return { status, contentType: "application/json; charset=utf-8", body: `${JSON.stringify(value)}\n` };
}

export function notAllowed(method: string | undefined, path: string, allow: string): Reply {
  return { ...text(405, `${method}: not allowed on ${path}; use ${allow.replace(", ", " or ")}`), headers: { allow } };
}

/** For programs. */
export function failure(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { ...json(status, { error: { message } }), headers };
}
