// Which request header says who asks: so that one sender's requests and ratings count for no more than his part.
import { note } from "../effective.ts";
import { checkedText } from "../fields.ts";
import { type Capability, plain } from "./capability.ts";

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;

const schema = checkedText((text) => (HEADER_NAME.test(text) ? undefined : "must be the name of a request header, such as x-user-id"))
  .optional()
  .describe(
    "the request header that says who asks, set by your gateway: one sender moves `threshold: auto` and the misroute signals by no more " +
      "than his part (docs/reliability.md); requests without it count as one sender's. Default: whom the body names (user, else " +
      "session), which a client can make up",
  );

/** In lower case. Undefined: as the body says. */
export const voter: Capability<typeof schema, string | undefined> = {
  ...plain,
  schema,
  resolve: (name) => name?.toLowerCase(),
  effective: (name) => name ?? note("none: whom the body names"),
};
