// Makes wrong expressions of right ones, as fingers and scripts do.
import type { Random } from "../mutations.ts";

const PIECES = [
  ...[
    "'",
    '"',
    "`",
    "\\",
    "(",
    ")",
    ",",
    "=",
    "==",
    "<",
    "!",
    ">=",
    ";",
    "--",
    "%",
    "$",
    "*",
    "/",
    "🙂",
    "\u001b[31m",
  ],
  ...[
    " and ",
    " or ",
    " not ",
    " in ",
    " is ",
    " null ",
    " true ",
    " 5m ",
    " 2GB ",
    " 'x' ",
    " 1 ",
    " value ",
    " state ",
  ],
  ...[
    "0x10",
    "1e",
    "1e999",
    "5q",
    ".",
    "..",
    "-",
    "1.2.3",
    "value2",
    "params.",
    "values.9",
    "detail.",
    "\n",
    "\u00a0",
  ],
];

/** An expression with one to three faults, which may by chance still be right; never an empty one, which is no option. */
export function mutate(text: string, random: Random): string {
  let found = text;
  for (let left = 1 + Math.floor(random() * 3); left > 0; left--) found = mutateOnce(found, random);
  return found || " ";
}

function mutateOnce(text: string, random: Random): string {
  const letters = [...text];
  const at = Math.floor(random() * (letters.length + 1));
  const length = 1 + Math.floor(random() ** 3 * 12);
  const before = letters.slice(0, at).join("");
  const after = letters.slice(at).join("");
  const rest = letters.slice(at + length).join("");
  switch (Math.floor(random() * 6)) {
    case 0:
      return before + rest;
    case 1:
      return before + PIECES[Math.floor(random() * PIECES.length)]! + after;
    case 2:
      return before;
    case 3:
      return before + letters.slice(at, at + length).join("") + after;
    case 4:
      return before + [...letters.slice(at, at + length)].reverse().join("") + rest;
    default:
      return before + PIECES[Math.floor(random() * PIECES.length)]! + rest;
  }
}
