// The conditions of a rule, in the order in which messages list them.
export const BASICS =
  "keywords, allKeywords, regex, minChars, maxChars, minBytes, minTurns, maxTurns, model, path, headers, continued, has, turn, " +
  "toolLoop, calledTools, minRepeats, minErrors, minInputTokens, minAnswerTokens, maxAnswerTokens, minWindowTokens, session, agent, " +
  "script, topic, format";
