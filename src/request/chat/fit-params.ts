// Parameters as a request of a format can take them: under the name the format has, not where any name is given already, and left out where
// the format has none or the server would refuse the request. Leaving out is always safe; setting is not.
import type { Format } from "./facts.ts";
import { memberText, withMember } from "./object-text.ts";
import { EFFORT, LIMIT, type Param, type ParamName, paramNamed, STOP } from "./param-table.ts";
import type { ParamEdit, ParamPlace } from "./params.ts";

/** A request, as far as its parameters go. */
export interface ParamRequest {
  readonly format: Format;
  readonly body: Uint8Array;
  readonly params: readonly ParamPlace[]; // of all members that `notedNames` names
  readonly model: string | undefined; // that the serving tier asks for
}

/** Models of OpenAI that reason whatever the request says, and of Anthropic that take no sampling any more. */
const REASONING_MODEL = /(?:^|\/)(?:o[1-9](?:-|$)|gpt-[5-9](?!.*chat))/i;
const NO_SAMPLING_MODEL = /claude-(?:opus-4[-.][7-9]|[a-z]+-[5-9])/i;
/** An object that says how to reason is small; a larger one is left alone. */
const MAX_OBJECT_BYTES = 4096;
/** Anthropic's range; OpenAI's goes to 2. */
const MAX_MESSAGES_TEMPERATURE = 1;

const NO_EDITS: readonly ParamEdit[] = [];

/** `edits` in the request's own terms. Of several of one parameter the last counts. */
export function fittingEdits(request: ParamRequest, edits: readonly ParamEdit[]): readonly ParamEdit[] {
  return edits.length === 0 ? NO_EDITS : new Fitting(request, knownEdits(edits)).edits();
}

/** An edit and what the table says of it; undefined: nothing. */
interface KnownEdit {
  readonly edit: ParamEdit;
  readonly param: Param | undefined;
}

/** The lists of a configuration are few and stay: looking them up anew for each request took half of the time. */
const known = new WeakMap<readonly ParamEdit[], readonly KnownEdit[]>();

function knownEdits(edits: readonly ParamEdit[]): readonly KnownEdit[] {
  const before = known.get(edits);
  if (before !== undefined) return before;
  const all = edits.map((edit) => ({ edit, param: paramNamed(edit.name) }));
  const keyOf = ({ edit, param }: KnownEdit) => param?.key ?? edit.name;
  const last = all.filter((one, at) => all.findLastIndex((other) => keyOf(other) === keyOf(one)) === at);
  known.set(edits, last);
  return last;
}

class Fitting {
  readonly #request: ParamRequest;
  readonly #edits: readonly KnownEdit[];
  #known: boolean | undefined;

  constructor(request: ParamRequest, edits: readonly KnownEdit[]) {
    this.#request = request;
    this.#edits = edits;
  }

  get #reasons(): boolean {
    this.#known ??= this.#isReasoning();
    return this.#known;
  }

  edits(): readonly ParamEdit[] {
    const fitted = this.#edits.flatMap((edit) => this.#fit(edit));
    if (this.#request.format !== "messages") return fitted;
    // Anthropic's newer models take one of the two.
    const has = (name: string) => this.#given({ member: name }) !== undefined;
    const isSet = (name: string) => fitted.some((edit) => edit.name === name);
    const refused =
      has("temperature") && !has("top_p") ? "top_p" : has("top_p") ? "temperature" : isSet("temperature") ? "top_p" : undefined;
    return fitted.filter(({ name }) => name !== refused || has(name));
  }

  #fit({ edit, param }: KnownEdit): readonly ParamEdit[] {
    if (param === undefined) return [edit]; // of no format: what the operator says of a server that we do not know
    const { format } = this.#request;
    const names = param.names[format];
    if (names === undefined || (param.notWithReasoning.includes(format) && this.#reasons)) return [];
    const json = this.#valueOf(param, edit.json);
    if (json === undefined) return [];
    const given = param.all.filter((name) => this.#given(name) !== undefined);
    if (given.length > 0 || (param === EFFORT && this.#isThinking())) {
      return edit.overwrite ? given.flatMap((name) => this.#set(name, json)) : [];
    }
    const name = this.#nulled(names) ?? this.#preferred(param, names, edit.name);
    return name === undefined ? [] : this.#set(name, json);
  }

  /** A member that is there as null is replaced where it stands. */
  #nulled(names: readonly ParamName[]): ParamName | undefined {
    return names.find((name) => name.inner === undefined && this.#place(name.member) !== undefined);
  }

  #preferred(param: Param, names: readonly ParamName[], asked: string): ParamName | undefined {
    const own = names.find(({ member, inner }) => member === asked && inner === undefined);
    if (param === LIMIT && this.#reasons) return names.at(-1);
    return own ?? names[0];
  }

  #set({ member, inner }: ParamName, json: string): readonly ParamEdit[] {
    if (inner === undefined) return [{ name: member, json, overwrite: true }];
    const place = this.#place(member);
    const whole = `{${JSON.stringify(inner)}:${json}}`;
    if (place === undefined || this.#isNull(place)) return [{ name: member, json: whole, overwrite: true }];
    const text = this.#objectText(place);
    return text === undefined ? [] : [{ name: member, json: withMember(text, inner, json), overwrite: true }];
  }

  #valueOf(param: Param, json: string): string | undefined {
    const { format } = this.#request;
    if (param === EFFORT) return effortFor(format, json);
    if (param === STOP && format === "messages") return json.startsWith("[") ? json : json.startsWith('"') ? `[${json}]` : undefined;
    if (format !== "messages") return json;
    if (param.key === "temperature" && Number(json) > MAX_MESSAGES_TEMPERATURE) return undefined;
    const budget = this.#inner("thinking", "budget_tokens"); // the limit must be more than it
    return param === LIMIT && budget !== undefined && Number(json) <= Number(budget) ? undefined : json;
  }

  /** Whether the model that is asked, or what the request says, refuses sampling. */
  #isReasoning(): boolean {
    const { format, model = "" } = this.#request;
    if (format === "messages") return this.#isThinking() || NO_SAMPLING_MODEL.test(model);
    if (format === "completions") return false;
    if (REASONING_MODEL.test(model)) return true;
    const effort = this.#value("reasoning_effort") ?? this.#inner("reasoning", "effort") ?? this.#value("reasoning") ?? this.#effortToSet();
    return effort !== undefined && effort !== '"none"';
  }

  #effortToSet(): string | undefined {
    const edit = this.#edits.find(({ param }) => param === EFFORT)?.edit;
    return edit === undefined ? undefined : effortFor(this.#request.format, edit.json);
  }

  #isThinking(): boolean {
    return this.#request.format === "messages" && this.#value("thinking") !== undefined && this.#inner("thinking", "type") !== '"disabled"';
  }

  /** The value's JSON; undefined: not there, or null. */
  #given({ member, inner }: ParamName): string | undefined {
    return inner === undefined ? this.#value(member) : this.#inner(member, inner);
  }

  #value(member: string): string | undefined {
    const place = this.#place(member);
    return place === undefined || this.#isNull(place) ? undefined : this.#text(place);
  }

  #inner(member: string, inner: string): string | undefined {
    const place = this.#place(member);
    const text = place === undefined ? undefined : this.#objectText(place);
    const value = text === undefined ? undefined : memberText(text, inner);
    return value === "null" ? undefined : value;
  }

  #place(member: string): ParamPlace | undefined {
    return this.#request.params.findLast(({ name }) => name === member);
  }

  #isNull({ start, end }: ParamPlace): boolean {
    return end - start === 4 && this.#request.body[start] === 0x6e;
  }

  #objectText(place: ParamPlace): string | undefined {
    const isObject = this.#request.body[place.start] === 0x7b;
    return isObject && place.end - place.start <= MAX_OBJECT_BYTES ? this.#text(place) : undefined;
  }

  #text({ start, end }: ParamPlace): string {
    return UTF8.decode(this.#request.body.subarray(start, end));
  }
}

const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** The nearest that a format has. Undefined: it has none such. */
function effortFor(format: Format, json: string): string | undefined {
  if (format !== "messages") return json === '"max"' ? '"xhigh"' : json;
  return json === '"none"' ? undefined : json === '"minimal"' ? '"low"' : json;
}
