// Whether a name or value fits what Envoy's configuration says about it: StringMatcher, HeaderMatcher with its older forms, and whole-text
// regular expressions.
import { compileRegex, regexProblem } from "../../../request/policy/regex.ts";
import { at, isObject, objectOf, textOf } from "../envoy-json.ts";
import type { JsonObject } from "../envoy-wiring.ts";

/** Of a StringMatcher. Undefined: by means that are not looked into, such as an extension. */
export function stringMatches(matcher: JsonObject, text: string): boolean | undefined {
  const value = matcher["ignore_case"] === true ? text.toLowerCase() : text;
  const wanted = (field: string) => {
    const given = textOf(matcher[field]);
    return matcher["ignore_case"] === true ? given?.toLowerCase() : given;
  };
  const [exact, prefix, suffix, contains] = [wanted("exact"), wanted("prefix"), wanted("suffix"), wanted("contains")];
  if (exact !== undefined) return value === exact;
  if (prefix !== undefined) return value.startsWith(prefix);
  if (suffix !== undefined) return value.endsWith(suffix);
  if (contains !== undefined) return value.includes(contains);
  return regexMatches(matcher["safe_regex"], text);
}

/** Of a RegexMatcher, which must fit the whole text. */
export function regexMatches(matcher: JsonObject[string], text: string): boolean | undefined {
  const regex = textOf(objectOf(matcher)["regex"]);
  if (regex === undefined || regexProblem(`^(?:${regex})$`) !== undefined) return undefined;
  return compileRegex(`^(?:${regex})$`)(new TextEncoder().encode(text));
}

/** Of a HeaderMatcher, for a header with this value; `value` undefined: there is no such header. */
export function headerMatches(matcher: JsonObject, value: string | undefined): boolean | undefined {
  const fits = valueMatches(matcher, value);
  return fits !== undefined && matcher["invert_match"] === true ? !fits : fits;
}

function valueMatches(matcher: JsonObject, value: string | undefined): boolean | undefined {
  if (typeof matcher["present_match"] === "boolean") return (value !== undefined) === matcher["present_match"];
  const stringMatcher = stringMatcherOf(matcher);
  if (stringMatcher === undefined) return matcher["range_match"] === undefined ? value !== undefined : undefined;
  // A matcher that is inverted does not match a header that is not there, either, says Envoy: nothing fits, and that is not turned round.
  if (value === undefined && matcher["treat_missing_header_as_empty"] !== true) return matcher["invert_match"] === true;
  return stringMatches(stringMatcher, value ?? "");
}

/** What a route or a fix calls it: `exact weak`. */
export function matcherText(matcher: JsonObject): string {
  const form = ["exact", "prefix", "suffix", "contains"].find((name) => at(stringMatcherOf(matcher) ?? {}, name) !== undefined);
  const text =
    form === undefined ? textOf(at(stringMatcherOf(matcher) ?? {}, "safe_regex", "regex")) : textOf(stringMatcherOf(matcher)?.[form]);
  const not = matcher["invert_match"] === true ? "not " : "";
  return text === undefined ? `${not}present` : `${not}${form ?? "regex"} ${text}`;
}

function stringMatcherOf(matcher: JsonObject): JsonObject | undefined {
  if (isObject(matcher["string_match"])) return matcher["string_match"];
  const old = ["exact", "prefix", "suffix", "contains"].find((form) => matcher[`${form}_match`] !== undefined);
  if (old !== undefined) return { [old]: matcher[`${old}_match`] };
  return isObject(matcher["safe_regex_match"]) ? { safe_regex: matcher["safe_regex_match"] } : undefined;
}
