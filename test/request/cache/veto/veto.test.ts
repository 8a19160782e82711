// What keeps two questions that look alike apart, and what does not.
import { describe, expect, test } from "vitest";
import { languageOf } from "../../../../src/request/cache/veto/language.ts";
import { questionOf } from "../../../../src/request/cache/veto/question.ts";
import { type Veto, vetoOf } from "../../../../src/request/cache/veto/veto.ts";

const word = (one: string, two: string) => vetoOf(questionOf(one), questionOf(two));

const APART: readonly (readonly [Veto, string, string])[] = [
  ["language", "What is inflation?", "什么是通货膨胀?"],
  ["language", "Was ist das?", "What is that?"],
  ["code", "What does `a.at(0)` do?", "What does `a.at(1)` do?"],
  ["code", "What is f(x) here?", "What is f(y) here?"],
  ["code", "what is Foo::bar", "what is foo::bar"],
  ["quoted", 'Translate "I am in"', 'Translate "I am out"'],
  ["quoted", "Translate 'good night' please", "Translate good night please"],
  ["quoted", "「马上」是什么意思", "「马下」是什么意思"],
  ["number", "Add 2 to -5", "Add 2 to 5"],
  ["number", "Round 1,000.5", "Round 1000.6"],
  ["number", "List three fruits", "List four fruits"],
  ["number", "给我三个点子", "给我四个点子"],
  ["number", "아이디어 세 가지", "아이디어 네 가지"],
  ["unit", "How many kg is that?", "How many miles is that?"],
  ["unit", "Is $20 much?", "Is €20 much?"],
  ["unit", "How much is 5%?", "How much is 5$?"],
  ["negation", "Is it safe?", "Is it not safe?"],
  ["negation", "Why does it start?", "Why won't it start?"],
  ["negation", "我收到货了", "我没收到货"],
  ["negation", "먹어도 돼?", "안 먹어도 돼?"],
  ["question", "Who is his teacher?", "Whose teacher is he?"],
  ["question", "谁是他的老师?", "他是谁的老师?"],
  ["question", "怎么不工作?", "如何不工作?"],
  ["question", "언제 지었어?", "어디에 지었어?"],
  ["name", "Is Java a language?", "Is JAVA an island, and a Polish one?"],
  ["name", "Where is the US from?", "Where is the us from?"],
  ["word", "Is the kiwi ripe?", "Is the kiwi rotten?"],
  ["word", "What was the price?", "What is the price?"],
  ["word", "What is the time?", "What is time?"],
  ["word", "他走了吗?", "他走吗?"],
  ["order", "고양이 인구는 얼마야?", "고양 인구는 얼마야?"],
  ["order", "Is Alice older than Bob?", "Is Bob older than Alice?"],
  ["order", "dog bites man", "man bites dog and a dog bites"],
  ["order", "How many people have cars?", "How many cars have people?"],
  ["order", "flights from Berlin to Paris", "flights from Paris to Berlin"],
  ["order", "the age of the mother of the wife", "the age of the wife of the mother"],
  ["order", "the capital of France and the currency of Spain", "the currency of France and the capital of Spain"],
  ["order", "多少人有车?", "人有多少车?"],
  ["order", "小明比小红大", "小红比小明大"],
  ["order", "철수가 영희를 좋아해?", "철수를 영희가 좋아해?"],
];

const ALIKE: readonly (readonly [string, string])[] = [
  ["What is the capital of France?", "what's France's capital"],
  ["In Windows 11, how do I delete a user?", "How can I delete a user in Windows 11?"],
  ["Could you please tell me how to reset my PIN?", "How do I reset my PIN?"],
  ["Flights from Berlin to Paris", "flights to Paris from Berlin"],
  ["What's wrong with the engine?", "what is wrong with engine"],
  ["Summarise this in 1,000 words", "Please summarize this in 1000 words."],
  ["Where is Oslo???", "Where is Oslo?!."],
  ["首都在哪里??!", "首都在哪里?"],
  ["수도는 어디야?!", "수도는 어디야"],
  ["Was ist das", "was ist das?"],
  ["请问怎么重置密码?", "如何重置密码"],
  ["在Windows里怎么删除用户?", "怎么在Windows里删除用户?"],
  ["谁是法国总统?", "法国总统是谁?"],
  ["能不能生吃?", "可以生吃吗?"],
  ["3 + 4 等于多少?", "3+4是多少"],
  ["프랑스의 수도는 어디야?", "프랑스 수도가 어디예요?"],
  ["영수증을 어떻게 변경하나요?", "어떻게 영수증 변경해?"],
  ["중력에 대해 알려줘", "중력에 대해서 알려 주시겠어요?"],
];

describe("two questions", () => {
  test.each(APART)("are kept apart by %s: %s / %s", (veto, one, two) => {
    const found = [word(one, two), word(two, one)];
    expect(found.every((why) => why !== undefined)).toBe(true);
    if (veto !== "order" && veto !== "name") expect(found).toEqual([veto, veto]);
  });

  test.each(ALIKE)("are alike: %s / %s", (one, two) => {
    expect([word(one, two), word(two, one)]).toEqual([undefined, undefined]);
  });

  test.each(["", " ", "?!", "\uFFFC", "``````", "\u0000", "👍", "a".repeat(2000), "的".repeat(2000)])("%j is alike to itself", (text) => {
    expect(word(text, text)).toBeUndefined();
  });
});

test.each([
  ["en", "How are you?"],
  ["other", "Comment est la météo?"],
  ["other", "wie ist das Wetter"],
  ["other", "天気はどうですか"],
  ["other", "Как дела?"],
  ["zh", "Python 怎么安装?"],
  ["ko", "Python 설치 방법"],
])("it is %s: %s", (language, text) => {
  expect(languageOf(text)).toBe(language);
});
