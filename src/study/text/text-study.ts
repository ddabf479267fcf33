import { BelayError, didYouMean, show } from "../../core/error.ts";
import { parseDocument, type TextDocument } from "./document.ts";
import { checkPlaceholders, FILL } from "./placeholders.ts";
import { got, isObject, type Refuse, refuser, spaceSource } from "./space.ts";

/** Fields that are passed on as they are; what is wrong in them is found as in any other study. */
const PLAIN = [
  ...["name", "direction", "directions", "defaults", "limits", "noise", "trials", "sampler", "pruner"],
  ...["splitOrder", "stop", "splits", "per", "cwd", "env", "value", "protocol"],
] as const;
const AGGREGATES = ["mean", "median", "worst"];
/** All fields of a study as a text. */
const FIELDS: readonly string[] = [...PLAIN, "$schema", "space", "command", "shell", "aggregate"];

/** The ends of the names of studies as texts. */
export const TEXT_STUDY = /\.(ya?ml|json)$/;

/** A study as a text, which became a module. */
export interface TextStudy {
  /** JavaScript, whose default export is the study. */
  readonly module: string;
  /** Puts the line and column of the field that an error of the study is about before its message. */
  locate(message: string): string;
}

/**
 * Makes a module of a study in YAML or JSON: its space has `{ float: [0, 1] }` and the like, its command has
 * placeholders.
 *
 * @param file - The name of the file, as errors show it.
 * @param belay - The URL of the module that study files import as `belay`.
 * @throws BelayError `study`: the file, the line, the field, what was expected, what was given.
 */
export async function textStudy(text: string, file: string, belay: string): Promise<TextStudy> {
  const document = await parseDocument(text, file);
  const refuse = refuser(file, document.at);
  const { value } = document;
  if (!isObject(value))
    throw new BelayError(
      "study",
      `${file}: expected a study with a name, a space and a command, got ${got(value)}`,
    );
  for (const field of Object.keys(value)) {
    if (FIELDS.includes(field)) continue;
    const hint = didYouMean(field, FIELDS, show);
    refuse([field], `expected one of ${FIELDS.join(", ")}, got an unknown field${hint}`);
  }
  const plain = Object.fromEntries(
    PLAIN.filter((field) => field in value).map((field) => [field, value[field]]),
  );
  const fields = [
    `...${JSON.stringify(plain)}`,
    `space: ${spaceSource(value.space, refuse)}`,
    `command: ${commandSource(value, refuse)}`,
    ...(value.aggregate === undefined ? [] : [`aggregate: ${aggregate(value.aggregate, refuse)}`]),
  ];
  const names = `categorical, float, int, ${AGGREGATES.join(", ")}`;
  return {
    module: `import { ${names} } from ${JSON.stringify(belay)};\n${FILL}\nexport default {\n  ${fields.join(",\n  ")},\n};\n`,
    locate: (message) => located(message, file, document),
  };
}

function aggregate(value: unknown, refuse: Refuse): string {
  const known = AGGREGATES.find((name) => name === value);
  return known ?? refuse(["aggregate"], `expected ${AGGREGATES.map(show).join(", ")}, got ${got(value)}`);
}

function commandSource({ command, shell, space }: Readonly<Record<string, unknown>>, refuse: Refuse): string {
  if (shell !== undefined) {
    if (command !== undefined) return refuse(["shell"], "expected either command or shell, got both");
    if (typeof shell !== "string") return refuse(["shell"], `expected a line for a shell, got ${got(shell)}`);
    const word = /\{params\.([\w.-]+)\}/.exec(shell)?.[1];
    if (word !== undefined) {
      const variable = `$BELAY_PARAM_${word.replace(/\W/g, "_")}`;
      return refuse(
        ["shell"],
        `expected params from the environment, as "${variable}", got {params.${word}}`,
      );
    }
    return `() => ["sh", "-c", ${JSON.stringify(shell)}]`;
  }
  if (!Array.isArray(command) || command.length === 0)
    return refuse(["command"], `expected a list such as [python3, train.py], got ${got(command)}`);
  const names = isObject(space) ? Object.keys(space) : [];
  const parts = command.map((part: unknown, i) =>
    Array.isArray(part)
      ? part.map((each: unknown, j) => argument(each, ["command", i, j], names, refuse))
      : argument(part, ["command", i], names, refuse),
  );
  return `(given) => fill(${JSON.stringify(parts)}, given)`;
}

function argument(
  value: unknown,
  path: readonly (string | number)[],
  params: readonly string[],
  refuse: Refuse,
): string {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean")
    return refuse(path, `expected text, got ${got(value)}`);
  const text = String(value);
  try {
    checkPlaceholders("", text, params);
  } catch (error) {
    refuse(path, (error as Error).message.replace(/^: /, ""));
  }
  return text;
}

/** `limits.memory: expected ...` -> `study.yaml:7:11: limits.memory: expected ...`. */
function located(message: string, file: string, { at }: TextDocument): string {
  const prefix = `${file}: `;
  const own = message.startsWith(prefix) ? message.slice(prefix.length) : message;
  const field = /^([\w$][\w$.[\]-]*): /.exec(own)?.[1];
  if (field === undefined) return message;
  const path = field
    .replace(/\[(\d+)\]/g, ".$1")
    .split(".")
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return `${file}:${at(path)}: ${own}`;
}
