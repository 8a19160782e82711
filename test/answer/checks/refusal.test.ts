// Which beginnings refuse, in three languages, and which only sound like it.
import { describe, expect, test } from "vitest";
import { refuses } from "../../../src/answer/checks/refusal.ts";

describe("refuses or does not know", () => {
  test.each([
    "I'm sorry, but I can't assist with that.",
    "I’m sorry, but I cannot help you with this request.",
    "I'm sorry. I cannot provide legal advice.",
    "I apologize, but I am unable to fulfill this request.",
    "Sorry, I can't do that.",
    "Unfortunately, I cannot access external websites.",
    "I cannot provide instructions for that.",
    "I can't answer this question.",
    "I am unable to browse the internet.",
    "I'm not able to help with that.",
    "**I cannot create content of that kind.**",
    "As an AI language model, I do not have access to current prices.",
    "As an AI, I can't give medical advice.",
    "I don't know.",
    "I do not know the answer to this question.",
    "I don't have enough information to answer.",
    "I'm not sure what you mean.",
    "I must respectfully decline.",
    "抱歉,我无法回答这个问题。",
    "对不起,我不能提供这方面的帮助。",
    "很抱歉,作为一个人工智能语言模型,我无法访问互联网。",
    "作为AI语言模型,我不能提供医疗建议。",
    "我无法满足您的要求。",
    "我不知道这个问题的答案。",
    "對不起,我無法協助您處理這個請求。",
    "죄송하지만 그 요청은 도와드릴 수 없습니다.",
    "죄송합니다. 해당 질문에는 답변할 수 없습니다.",
    "죄송합니다만, 저는 그 정보를 제공할 수 없습니다.",
    "저는 인공지능 언어 모델로서 의료 조언을 제공할 수 없습니다.",
    "잘 모르겠습니다.",
    "안타깝게도 실시간 정보에 접근할 수 없습니다.",
  ])("%s", (text) => {
    expect(refuses(text)).toBe(true);
  });
});

describe("does not refuse", () => {
  test.each([
    "I'm sorry to hear that you are not well. Drink enough water.",
    "Sorry for the confusion! The answer is 12.",
    "I apologize for the mistake. Here is the corrected code:",
    "Unfortunately, the bridge was closed in 1988.",
    "You cannot divide by zero, so x must not be 2.",
    "I can help you with that.",
    "I know that the derivative is 2x.",
    "The model is unable to learn this function.",
    "As an AI researcher, you should read this paper.",
    "If I cannot help you, a doctor can.",
    "I cannot recall a better film than this one.",
    "“I don't know” is what most people said.".replace("“", "The phrase “"),
    "抱歉让您久等了,答案是12。",
    "水在零下会结冰,所以无法流动。",
    "不能除以零。",
    "对不起是道歉时说的话。",
    "죄송합니다, 제가 잘못 계산했습니다. 답은 12입니다.",
    "0으로 나눌 수 없습니다.",
    "저는 이렇게 생각합니다. 답은 12입니다.",
    "이 문제의 답은 12입니다.",
    "",
  ])("%s", (text) => {
    expect(refuses(text)).toBe(false);
  });
});
