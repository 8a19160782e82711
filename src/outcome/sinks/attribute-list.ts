// The attributes of a span as they are written: names and values, each name once. In an object of as many members they take five times as
// long to make and to read (V8 keeps it as a hash table).
import type { AttributeValue } from "@opentelemetry/api";

export class AttributeList {
  readonly names: string[] = [];
  readonly values: AttributeValue[] = [];

  /** A name that is not in the list yet. Undefined: there is no such attribute. */
  add(name: string, value: AttributeValue | undefined): void {
    if (value === undefined) return;
    this.names.push(name);
    this.values.push(value);
  }
}
