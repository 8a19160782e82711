// Protobuf fields byte by byte, for what no encoder would write: split messages, wrong wire types, groups, lengths that lie.

/** The number, seven bits a byte; `padTo` spells it with more bytes than it needs. */
export function varint(value: number, padTo = 1): Buffer {
  const bytes: number[] = [];
  for (let rest = value; bytes.length < padTo || rest > 0; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push((bytes.pop() ?? 0) & 127);
  return Buffer.from(bytes);
}

export function numberField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

export function fixed64Field(field: number): Buffer {
  return Buffer.concat([varint(field * 8 + 1), Buffer.alloc(8, 0xff)]);
}

export function fixed32Field(field: number): Buffer {
  return Buffer.concat([varint(field * 8 + 5), Buffer.alloc(4, 0xff)]);
}

/** Text, bytes or a sub-message made of `content`, one part after the other. */
export function delimitedField(field: number, ...content: readonly (string | Uint8Array)[]): Buffer {
  const bytes = Buffer.concat(content.map((part) => Buffer.from(part)));
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

export function groupField(field: number, ...content: readonly Uint8Array[]): Buffer {
  return Buffer.concat([varint(field * 8 + 3), ...content, varint(field * 8 + 4)]);
}

/** Fields of every wire type under a number that no message of ours uses. */
export const UNKNOWN_FIELDS: readonly Buffer[] = [
  numberField(900, 2 ** 40),
  fixed64Field(901),
  delimitedField(902, "\xff\xff\xff"),
  groupField(903, numberField(1, 7), groupField(903), delimitedField(2, "within")),
  fixed32Field(904),
];
