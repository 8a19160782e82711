import { describe, expect, test } from "vitest";
import { masking } from "../../../src/study/collect/mask.ts";

const textOf = (text: string, own: readonly string[] = []) => masking(own).value(text);

describe("what is private is masked", () => {
  test.each([
    ["an e-mail address", "write to jo.doe+x@mail.example.co.uk, now", "write to [email], now"],
    ["an address in another script", "an 王@例子.中国 schreiben", "an [email] schreiben"],
    ["an OpenAI key", "key sk-proj-abcdEFGH1234_567890abcd!", "key [key]!"],
    ["an Anthropic key", "sk-ant-api03-abcDEF123_456-7890abcdefgh", "[key]"],
    ["a Langfuse key", "pk-lf-12345678-1234-1234-1234-123456789012", "[key]"],
    ["a GitHub token", `ghp_${"a".repeat(36)}`, "[key]"],
    ["an AWS key id", "AKIAIOSFODNN7EXAMPLE.", "[key]."],
    ["a Google key", `AIza${"b".repeat(35)}`, "[key]"],
    ["a bearer token", "Authorization: Bearer abcdefghijklmnopqrstuvwxyz", "Authorization: Bearer [key]"],
    ["a JSON web token", "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4", "[key]"],
    ["a password that is named", 'password = "hunter2hunter2"', 'password = "[key]"'],
    ["a password in an address", "postgres://app:s3cret@db/x", "postgres://app:[key]@db/x"],
    ["a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nbye", "[key]\nbye"],
    ["a card number", "pay with 4111 1111 1111 1111 today", "pay with [card] today"],
    ["a card number without gaps", "5500005555555559", "[card]"],
    ["an IBAN", "to DE89 3704 0044 0532 0130 00 please", "to [iban] please"],
    ["a phone number with its country", "call +49 30 1234567", "call [phone]"],
  ])("%s", (_, text, masked) => {
    expect(textOf(text)).toBe(masked);
  });

  test.each([
    ["digits without Luhn's check", "order 4111 1111 1111 1112"],
    ["a long number that no card begins with", "9999999999999995"],
    ["an IBAN with a wrong check", "DE88 3704 0044 0532 0130 00"],
    ["a version and a decorator", "torch@2.1, @override, a@b"],
    ["a short word behind sk-", "sk-learn is a library"],
    ["a picture's bytes", `data:image/png;base64,${"4111111111111111".repeat(9)}`],
    ["ordinary prose", "The token of a parser has 12345678 kinds; 2 + 2 = 4."],
  ])("and %s stays", (_, text) => {
    expect(textOf(text)).toBe(text);
  });

  test("wherever it stands in a request, with who the user is, and each is counted", () => {
    const { value, counts } = masking(["ACME-\\d+"]);
    const request = {
      user: "u-17",
      metadata: { user_id: "u-17" },
      messages: [
        { role: "user", content: [{ type: "text", text: "ACME-12 and ACME-7: jo@example.com" }], name: "jo@example.com" },
        { role: "assistant", content: null, tool_calls: [{ function: { name: "pay", arguments: '{"card": "4111111111111111"}' } }] },
      ],
      card: 4111111111111111,
      temperature: 0.5,
    };
    expect(value(request)).toEqual({
      user: "[user]",
      metadata: { user_id: "[user]" },
      messages: [
        { role: "user", content: [{ type: "text", text: "[private] and [private]: [email]" }], name: "[email]" },
        { role: "assistant", content: null, tool_calls: [{ function: { name: "pay", arguments: '{"card": "[card]"}' } }] },
      ],
      card: 0,
      temperature: 0.5,
    });
    expect(counts).toEqual({ email: 2, key: 0, card: 2, iban: 0, phone: 0, user: 2, own: 2 });
  });

  test("and a request without any is the very same object", () => {
    const request = { messages: [{ role: "user", content: "Prove it." }], tools: [] };
    expect(masking().value(request)).toBe(request);
  });

  test("in linear time, whatever the text", () => {
    for (const piece of ["a", "a.", "1", "eyJ", "://", "token:", "+1", "-----BEGIN PRIVATE KEY-----"]) {
      const text = piece.repeat(200_000 / piece.length);
      const started = performance.now();
      textOf(text);
      expect(performance.now() - started, piece).toBeLessThan(4000);
    }
  });

  test("a pattern that takes no linear time is refused, saying why", () => {
    expect(() => masking(["(a)\\1"])).toThrow('--mask "(a)\\\\1": uses a backreference');
  });
});
