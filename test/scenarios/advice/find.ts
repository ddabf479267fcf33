import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A line of the source that may tell people to do something. */
export interface SourceLine {
  readonly file: string;
  readonly number: number;
  readonly text: string;
}

/** Patterns of lines that tell people to type a command or to do something else. */
const ADVICE = [
  /\b(commandOn|commandLine|sameAgain|launchAnew|command)\("?/, // Composes a command.
  /\bbelay [a-z-]+ ?/, // Has a command in its text.
  /[^"`\w-]--[a-z][a-z-]+(?!: expected)|["`]--[a-z][a-z-]+ [a-z]/, // Names an option in a sentence.
  /\bdid you mean\b/,
  /\b(npm|node -e)\b/,
  /["`;:,(>] ?(try|take|use|raise|free some|name|update|install|reinstall|rebuild|run|stop|move|close|check|remove|type|give|set|build|change|put|see) [a-zA-Z`$]/,
  /\b(again ends|stop it|until resume|waits? for resume|on resume|move it)\b/,
] as const;

/**
 * Patterns of lines that only look like advice: comments, imports, definitions, and the help, whose examples are tested
 * apart.
 */
const NONE = [
  /^\s*(\/\/|\*|\/\*|import |export \{|\| "\w+" \/\/)/,
  /\bdescribe:/,
  /^(?!.*command\().*(\bstop rules? (\$|such)|[,`] ?stop \$\{)/, // A stop rule is a noun here, not an order to stop.
  /\.example\(|^\s*["']\$0 /,
  /^\s*(export )?(async )?function /,
  /--troubled|parser\.command|kernelFunc: |pass\("run |delete process\.env|delete env\[|tells your editor|see below|table\.flagRegistry|SELECT id, name FROM/,
] as const;

/** Every line of the source that may tell people to do something. */
export function adviceLines(): SourceLine[] {
  return sourceFiles().flatMap((file) =>
    textOf(file)
      .split("\n")
      .map((text, i) => ({ file, number: i + 1, text }))
      .filter(({ text }) => ADVICE.some((one) => one.test(text)) && !NONE.some((one) => one.test(text))),
  );
}

/** The text of the whole source. */
export function sourceTexts(): string {
  return sourceFiles().map(textOf).join("\n");
}

function sourceFiles(): string[] {
  return readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => `src/${name}`);
}

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** The text of all tests in a folder. */
export function testTexts(folder: string): string {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
  return files
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => textOf(join(folder, name)))
    .join("\n");
}
