// Writes docs/api.md from the types and comments that the build leaves in dist/, so that the page and the editor's
// hover show the same text. `--check` writes nothing; it fails if the page is out of date, or if an exported symbol has
// no comment or no example.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const page = join(root, "docs", "api.md");

/** Headings of the page, each with the modules whose symbols it collects. Other symbols come last, under `REST`. */
const TOPICS: readonly (readonly [string, RegExp])[] = [
  ["Study", /^core\/(study|command-study|setup-context|space\/params-of)$/],
  ["Space", /^core\/space\/(param|distribution)$/],
  ["Splits", /^core\/splits/],
  ["Aggregates", /^core\/(aggregate|search\/direction)$/],
  ["Errors", /^core\/error$/],
];
const REST = "More";

/** Longest declaration in characters that is shown in full; longer ones are shown without their type parameters. */
const LONG = 160;

interface Tag {
  readonly tag: string;
  readonly text: string;
}
interface Comment {
  readonly text: string;
  readonly tags: readonly Tag[];
}
interface PublicName {
  readonly name: string;
  readonly module: string;
}
interface PublicSymbol extends PublicName {
  readonly declaration: string;
  readonly comment: Comment | null;
}

/** The names that src/index.ts exports, each with the module that declares it. */
function publicNames(): PublicName[] {
  const index = readFileSync(join(root, "dist", "index.d.ts"), "utf8");
  return [...index.matchAll(/export\s+(?:type\s+)?\{([^}]*)\}\s+from\s+"\.\/([^"]+)\.(?:js|ts)"/g)].flatMap(
    ([, names, module]) =>
      names!
        .split(",")
        .map((name) => name.trim().replace(/^type\s+/, ""))
        .filter(Boolean)
        .map((name) => ({ name, module: module! })),
  );
}

function readSymbol({ name, module }: PublicName): PublicSymbol {
  const source = readFileSync(join(root, "dist", `${module}.d.ts`), "utf8");
  const found = new RegExp(
    `^export (?:declare )?(?:abstract )?(function|const|class|interface|type) ${name}\\b`,
    "m",
  ).exec(source);
  if (!found) throw new Error(`${name}: expected a declaration in ${module}.d.ts, got none`);
  const start = found.index;
  const before = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(source.slice(0, start));
  return {
    name,
    module,
    declaration: source.slice(start, declarationEnd(source, start, found[1]!)),
    comment: before ? readComment(before[1]!) : null,
  };
}

/** An interface or a class ends with its closing brace; any other declaration with a semicolon outside all brackets. */
function declarationEnd(source: string, start: number, kind: string): number {
  const hasBody = kind === "interface" || kind === "class";
  let depth = 0;
  for (let i = start; i < source.length; i++) {
    if (source.startsWith("/*", i)) i = source.indexOf("*/", i) + 1;
    else if (/["'`]/.test(source[i]!)) i = source.indexOf(source[i]!, i + 1);
    else if (/[([{]/.test(source[i]!)) depth++;
    else if (/[)\]}]/.test(source[i]!)) {
      depth--;
      if (hasBody && depth === 0 && source[i] === "}") return i + 1;
    } else if (source[i] === ";" && depth === 0 && !hasBody) return i + 1;
  }
  return source.length;
}

function readComment(raw: string): Comment {
  const lines = raw.split("\n").map((line) => line.replace(/^\s*\*? ?/, "").trimEnd());
  const tags: { tag: string; text: string }[] = [];
  const text: string[] = [];
  for (const line of lines) {
    const [, tag, rest] = /^@(\w+)\s*(.*)$/.exec(line) ?? [];
    if (tag) tags.push({ tag, text: rest! });
    else if (tags.length > 0) tags.at(-1)!.text += `\n${line}`;
    else text.push(line);
  }
  return { text: text.join("\n").trim(), tags: tags.map(({ tag, text: of }) => ({ tag, text: of.trim() })) };
}

function section({ name, declaration, comment }: PublicSymbol): string {
  const tagged = (tag: string): string[] =>
    (comment?.tags ?? []).filter((one) => one.tag === tag).map(({ text }) => text);
  const params = tagged("param").map((text) => {
    const [, param, meaning] = /^(\w+)\s*-?\s*([\s\S]*)$/.exec(text)!;
    return `* \`${param}\`: ${oneLine(meaning!)}`;
  });
  const facts = [
    ...tagged("returns").map((text) => `Returns ${oneLine(text)}`),
    ...tagged("throws").map((text) => `Throws ${oneLine(text)}`),
  ];
  const examples = tagged("example").map((text) => fence(text));
  const parts = [
    `### ${name}`,
    comment?.text ?? "",
    fence(shownDeclaration(declaration)),
    params.join("\n"),
    facts.join("\n\n"),
    examples.length > 0 ? `For example:\n\n${examples.join("\n\n")}` : "",
  ];
  return parts.filter(Boolean).join("\n\n");
}

/** The declaration as it would be written in a source file; the body of a class or interface keeps its comments. */
function shownDeclaration(declaration: string): string {
  const text = declaration
    .replace(/^export (declare )?/, "")
    .replace(/^( {4})+/gm, (indent) => indent.slice(indent.length / 2))
    .replace(/^\s*private .*\n/gm, "")
    .replace(/^.*\[(valueType|conditionsType|refused)\].*\n/gm, "")
    .replace(/^\s*\/\*\* Exists in the type only\. \*\/\n/gm, "");
  if (text.length <= LONG) return text;
  // A type without parameters is plain data, which readers want to see whatever its length.
  if (/^type \w+</.test(text))
    return `${text.slice(0, text.indexOf("=")).trim()}; // the compiler works it out`;
  return text.startsWith("function ") ? text.replace(/^(function \w+)<.*?>\(/s, "$1(") : text;
}

function fence(text: string): string {
  return `\`\`\`ts\n${text.replace(/^```\w*\n|\n```$/g, "")}\n\`\`\``;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}

function render(symbols: readonly PublicSymbol[]): string {
  const titleOf = ({ module }: PublicName): string =>
    TOPICS.find(([, pattern]) => pattern.test(module))?.[0] ?? REST;
  const titles = [...TOPICS.map(([title]) => title), REST];
  const groups = titles
    .map((title) => ({ title, of: symbols.filter((symbol) => titleOf(symbol) === title) }))
    .filter(({ of }) => of.length > 0);
  // Functions, classes and constants come before the types of their arguments.
  const rank = ({ declaration }: PublicSymbol): number =>
    /^export (declare )?(function|const|class)/.test(declaration) ? 0 : 1;
  const contents = groups.map(
    ({ title, of }) => `* ${title}: ${of.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(", ")}`,
  );
  const sections = groups.map(({ title, of }) =>
    [`## ${title}`, ...[...of].sort((a, b) => rank(a) - rank(b)).map(section)].join("\n\n"),
  );
  const head = `# API

What a study file imports from \`belay\`. Made from the comments in the sources by \`npm run api\`: an editor shows the
same text when you point at a name. The pages [studies.md](studies.md), [splits.md](splits.md) and [data.md](data.md) explain.`;
  return `${[head, contents.join("\n"), ...sections].join("\n\n")}\n`;
}

const symbols = publicNames().map(readSymbol);
const faults = symbols.flatMap(({ name, comment }) =>
  !comment?.text
    ? [`${name}: expected a comment, got none`]
    : comment.tags.some(({ tag }) => tag === "example")
      ? []
      : [`${name}: expected an @example in its comment, got none`],
);
const text = render(symbols);
if (process.argv.includes("--check")) {
  let written = "";
  try {
    written = readFileSync(page, "utf8");
  } catch {
    // A missing page differs from the expected text, so it is reported below.
  }
  if (written !== text)
    faults.push(
      "docs/api.md: expected what `npm run api` makes, got another page: run npm run build && npm run api",
    );
} else writeFileSync(page, text);
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exitCode = 1;
