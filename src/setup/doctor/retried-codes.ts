// Which answers of a model server another attempt may mend, and which of them a retry policy leaves out.

/** Full, as most say it and as Anthropic does; gone or going, said by the server or by a proxy before it. */
const RETRIED_CODES = [503, 429, 529, 502] as const;
/** Without these a server that is full or going reaches clients of every provider. */
const MOST_NEEDED: readonly number[] = [503, 429];

export interface RetriedAnswers {
  readonly codes: readonly (number | undefined)[]; // named one by one
  readonly conditions: readonly string[]; // of Envoy's retry_on
}

/** In order of need. `5xx` covers 529 too; `gateway-error` is 502, 503 and 504. */
export function codesNotRetried({ codes, conditions }: RetriedAnswers): readonly number[] {
  const is5xx = conditions.includes("5xx");
  const isGatewayError = conditions.includes("gateway-error");
  return RETRIED_CODES.filter((code) => {
    if (codes.includes(code)) return false;
    return code < 500 || !(is5xx || (isGatewayError && code !== 529));
  });
}

/** A policy that retries the two codes that every server uses is nearly right. */
export function lackSeverity(codes: readonly number[]): { readonly severity?: "note" } {
  return codes.some((code) => MOST_NEEDED.includes(code)) ? {} : { severity: "note" };
}

/** `503`, `503 and 429`, `503, 429 and 529`. */
export function codeList(codes: readonly number[]): string {
  return codes.length < 2 ? codes.join("") : `${codes.slice(0, -1).join(", ")} and ${codes.at(-1)}`;
}
