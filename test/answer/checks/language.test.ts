// Which language a text is in, as far as it is clear.
import { describe, expect, test } from "vitest";
import { languageOf } from "../../../src/answer/checks/language.ts";

describe("the language of a text", () => {
  test.each([
    ["The river is long and it flows from the mountains to the sea, which is not far from here.", "English"],
    ["Der Fluss ist lang und fließt aus den Bergen in das Meer, das nicht weit von hier ist.", "German"],
    ["Le fleuve est long et les eaux sont froides; il coule dans une vallée que nous aimons pour les vins.", "French"],
    ["El río es largo y las aguas son frías; los pueblos que están en la orilla son más viejos.", "Spanish"],
    ["Il fiume è lungo e le acque della valle sono fredde; non è una cosa che gli altri sanno.", "Italian"],
    ["O rio é longo e as águas são frias; os povos não sabem, mas é uma coisa que ele também pode ver.", "Portuguese"],
    ["Het water van de rivier is koud en wordt ook niet warm, zijn er mensen die het met een boot doen.", "Dutch"],
  ])("%s", (text, language) => {
    expect(languageOf(text, 20, 3)).toEqual({ script: "Latin", language });
  });

  test.each([
    ["这条河很长,水很冷,从山里流到海里。", "Chinese"],
    ["この川はとても長くて、水が冷たいです。", "Japanese"],
    ["이 강은 길고 물이 차갑습니다.", "Korean"],
    ["Эта река длинная, и вода в ней холодная.", "Cyrillic"],
    ["هذا النهر طويل وماؤه بارد جدا", "Arabic"],
  ])("%s", (text, script) => {
    expect(languageOf(text, 20, 3)).toEqual({ script, language: undefined });
  });

  test.each([
    ["too little", "12 km"],
    ["two scripts", "The word 你好世界 means hello world"],
    ["code alone", "```\nfor (const x of list) { console.log(x) }\n```"],
  ])("is not clear: %s", (_what, text) => {
    expect(languageOf(text, 20, 3)).toBeUndefined();
  });

  test("names and lists have a script, and no language", () => {
    expect(languageOf("Alice Miller, Bob Smith, Carol Jones, Dave Brown", 20, 3)).toEqual({ script: "Latin", language: undefined });
  });
});
