import { BelayError, didYouMean, show } from "../../core/error.ts";

/** The words in braces that stand for something else than a param. */
const WORDS = ["split", "splits", "seed", "trial", "attempt"];
/** `{word}` and `{params.name}`; in `{{word}}` the braces are meant as they are. */
const PLACEHOLDER = /\{\{|\}\}|\{([A-Za-z][\w.-]*)\}/g;

/**
 * Checks the placeholders of an argument.
 *
 * @param params - The names of the params of the space.
 * @throws BelayError `study`: a word that stands for nothing.
 */
export function checkPlaceholders(what: string, text: string, params: readonly string[]): void {
  const known = [...WORDS, ...params.map((name) => `params.${name}`)];
  for (const [, word] of text.matchAll(PLACEHOLDER)) {
    if (word === undefined || known.includes(word)) continue;
    const expected = `expected {params.NAME}, {${WORDS.join("}, {")}} or doubled braces`;
    throw new BelayError("study", `${what}: ${expected}, got {${word}}${didYouMean(word, known, show)}`);
  }
}

/**
 * The source of a function that fills the placeholders of a command. It is part of a study's module, so it uses nothing
 * else. An argument, or a list of arguments, is left out if it has a param that is not active.
 */
export const FILL = `function fill(parts, given) {
  const word = (name) => {
    if (!name.startsWith("params.")) return String({ split: given.split, splits: given.splitCount, seed: given.seed,
      trial: given.trial.number, attempt: given.trial.attempt }[name]);
    const value = given.params[name.slice(7)];
    return value === undefined ? null : String(value);
  };
  const one = (text) => {
    let isActive = true;
    const filled = text.replace(${PLACEHOLDER}, (whole, name) => {
      if (name === undefined) return whole[0];
      const value = word(name);
      isActive &&= value !== null;
      return value ?? "";
    });
    return isActive ? filled : null;
  };
  return parts.flatMap((part) => {
    const filled = (Array.isArray(part) ? part : [part]).map(one);
    return filled.includes(null) ? [] : filled;
  });
}`;
