// What makes a request weak or strong, as it stands beside the rows while they are labelled.

export interface Criteria {
  readonly title: string;
  readonly points: readonly string[];
}

export const CRITERIA: readonly Criteria[] = [
  {
    title: "Weak is enough",
    points: [
      "Greetings, small talk, thanks.",
      "A fact to look up, a definition, a translation, a format to convert.",
      "Short and closed: one step leads to the answer, and a mistake in it is seen at once.",
      "Long, but only to be copied, sorted, or summed up plainly.",
    ],
  },
  {
    title: "It needs strong",
    points: [
      "To design, refactor, analyse, optimise, debug or migrate something; architecture, performance, security.",
      "Several steps that build on each other: proofs, plans, mathematics, code over many parts.",
      "Many conditions at once, or a conversation that must be kept in mind (over 5 messages, over 500 characters: look twice).",
      "A mistake would be dear, or hard to see: money, law, medicine.",
    ],
  },
  {
    title: "Look twice",
    points: [
      "Words deceive: “debug” in a greeting is still a greeting, and a hard question may have none of them.",
      "Rated 1 or 2, or asked again soon after weak had answered: it may have needed strong.",
      "Short, and answered fast by strong at a high price: weak might have done.",
      "Say what the request needs, not who served it. In doubt skip it, or leave a note.",
    ],
  },
];

export const ANSWER_QUESTION = "Which answer would you let stand?";
export const REQUEST_QUESTION = "Which tier does this request need?";
