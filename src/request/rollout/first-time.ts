// Whether a unit is met for the first time, in bounded memory and without ever counting one twice. Requests of a session share their fate:
// a long one that fails again and again is one event, else the tests would take it for many that agree. When the table is half full, only
// units whose hash ends in one more zero bit count from there on: a sample that is as fair as the whole.
import { stirredAnew } from "./assignment.ts";

export interface FirstTime {
  /** Of a unit's hash. True once a unit at most. */
  isFirst(unit: number): boolean;
}

/** Requests are units of their own, met once. */
export const EACH_ONCE: FirstTime = { isFirst: () => true };

/** `slots`: a power of two, of four bytes each; half as many units are known before the sample is halved. */
export function firstTime(slots: number): FirstTime {
  let table = new Uint32Array(slots);
  let known = 0;
  let sampled = 0; // a mask: units with one of these bits are not counted

  const add = (stirred: number) => {
    const tag = stirred === 0 ? 1 : stirred; // 0 is an empty slot
    let at = (tag >>> 8) & (slots - 1);
    while (table[at] !== 0) {
      if (table[at] === tag) return false;
      at = (at + 1) & (slots - 1);
    }
    table[at] = tag;
    known++;
    return true;
  };
  const halve = () => {
    const before = table;
    sampled = (sampled << 1) | 1;
    table = new Uint32Array(slots);
    known = 0;
    for (const tag of before) if (tag !== 0 && (tag & sampled) === 0) add(tag);
  };
  return {
    isFirst(unit) {
      const stirred = stirredAnew(unit);
      if ((stirred & sampled) !== 0) return false;
      const first = add(stirred);
      if (2 * known > slots) halve();
      return first;
    },
  };
}
