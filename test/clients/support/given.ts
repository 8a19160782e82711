// What a model server has given out, and its refusal of what another one did: calls of tools whose results it waits for, thoughts that it
// sealed, responses that it keeps.

/** A request of any format, as far as it is read here. */
export interface Asked extends Offer {
  readonly stream?: boolean;
  readonly previous_response_id?: string | null;
  readonly messages?: readonly Item[];
  readonly input?: unknown; // text or items; Codex brings tools in items too
}

/** A tool, or what brings tools. */
interface Offer {
  readonly name?: string;
  readonly function?: { readonly name: string };
  readonly tools?: readonly Offer[];
}

/** A message, a part of one, or an item of the Responses interface. */
interface Item extends Offer {
  readonly role?: string;
  readonly type?: string;
  readonly content?: unknown; // text or parts
  readonly tool_call_id?: string;
  readonly tool_use_id?: string;
  readonly call_id?: string;
  readonly signature?: string;
  readonly data?: string;
  readonly encrypted_content?: string | null;
}

export const offeredIn = (asked: Asked): readonly string[] => [asked, ...itemsOf(asked)].flatMap(offeredBy);

const offeredBy = ({ name, tools = [], ...tool }: Offer): readonly string[] =>
  [tool.function?.name ?? name ?? [], tools.flatMap(offeredBy)].flat();

/** Messages or items, each with its parts behind it. */
const itemsOf = ({ messages = [], input }: Asked): readonly Item[] =>
  [...messages, ...listed(input)].flatMap((item) => [item, ...listed(item.content)]);

const listed = (value: unknown): readonly Item[] => (Array.isArray(value) ? (value as readonly Item[]) : []);

const isResult = ({ role, type = "" }: Item) => role === "tool" || /^(?:tool_result|(?:function|custom_tool)_call_output)$/.test(type);
const isModels = ({ role, type = "" }: Item) => role === "assistant" || /^(?:reasoning|(?:function|custom_tool)_call)$/.test(type);

export const toolResults = (asked: Asked): readonly Item[] => itemsOf(asked).filter(isResult);

export interface Given {
  /** For one answer: its number, which is its call's too, and its sealed thought. */
  next(thinks: boolean): { readonly id: string; readonly number: string; readonly sealed: string | undefined };
  /** In the words of the interface; undefined: nothing in it is another server's. */
  refusalOf(asked: Asked): string | undefined;
}

export function givenBy(tier: string): Given {
  const given = new Set<string>();
  const give = (value: string) => {
    given.add(value);
    return value;
  };
  let answers = 0;
  return {
    next(thinks) {
      const number = `0123456789abcdef${tier}${String(++answers).padStart(3, "0")}`;
      give(`resp_${number}`);
      const sealed = thinks ? give(Buffer.from(`sealed by ${tier}: ${number}, ${"thought ".repeat(12)}`).toString("base64")) : undefined;
      return { id: give(`call_${number}`), number, sealed };
    },
    refusalOf(asked) {
      const { previous_response_id: earlier } = asked;
      if (earlier && !given.has(earlier)) return `Previous response with id '${earlier}' not found.`;
      const items = itemsOf(asked);
      const isForeign = (seal: string | null | undefined) => typeof seal === "string" && seal !== "" && !given.has(seal);
      if (items.some(({ signature, data, type }) => isForeign(signature) || (type === "redacted_thinking" && isForeign(data))))
        return "Invalid `signature` in `thinking` block";
      if (items.some(({ encrypted_content: encrypted }) => isForeign(encrypted)))
        return "The encrypted content could not be verified. Reason: Encrypted content could not be decrypted or parsed.";
      const awaited = items.slice(items.findLastIndex(isModels) + 1).filter(isResult);
      const stray = awaited.map(
        ({ tool_call_id, tool_use_id, call_id }) => call_id ?? tool_call_id ?? tool_use_id?.replace("toolu_", "") ?? "",
      );
      const unasked = stray.find((id) => !given.has(id));
      return unasked === undefined ? undefined : `No tool call found for tool output with call_id ${unasked}.`;
    },
  };
}
