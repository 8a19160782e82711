// The accounts of a soak: every number that must be another one, or nothing.

export interface Check {
  readonly what: string;
  readonly found: string;
  readonly holds: boolean;
}

export function equal(what: string, found: number, expected: number): Check {
  const holds = found === expected;
  return { what, found: holds ? String(found) : `${found}, not ${expected}`, holds };
}

export function none(what: string, found: number): Check {
  return equal(what, found, 0);
}

export function atLeast(what: string, found: number, least: number): Check {
  const holds = found >= least;
  return { what, found: holds ? String(found) : `${found}, less than ${least}`, holds };
}
