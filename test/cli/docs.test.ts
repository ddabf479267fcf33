import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { FAIL_REASONS, PRUNE_REASONS } from "../../src/core/trial.ts";
import { STUDY_ENDS } from "../../src/store/records.ts";
import { MAIN } from "../support/belay.ts";

/** docs/cli.md has exactly what `--help` has; the lists of words in docs/ are those of the code. */

const readDocs = (page: string): string =>
  readFileSync(fileURLToPath(new URL(`../../docs/${page}`, import.meta.url)), "utf8");
const PAGE = readDocs("cli.md");
const OPTION = /^ {2}--([a-z-]+)/gm;

/** Help text by command. */
const helps = new Map<string, string>();

beforeAll(() => {
  const help = (...args: string[]): string =>
    execFileSync(process.execPath, [MAIN, ...args, "--help"], { cwd: tmpdir(), encoding: "utf8" });
  helps.set("", help());
  for (const [, name] of helps.get("")!.matchAll(/^ {2}belay ([a-z-]+)/gm))
    if (!helps.has(name!)) helps.set(name!, help(name!));
});

/** A row of a Markdown table: the heading above it, and its cells. */
interface Row {
  readonly section: string;
  readonly cells: readonly string[];
}

function rowsOf(page: string): Row[] {
  return page.split(/^## /m).flatMap((section) => {
    const [head = ""] = section.split("\n");
    const rows = [...section.matchAll(/^\| (.*) \|$/gm)].map(([, row]) => row!.split(" | "));
    return rows.map((cells) => ({ section: head, cells }));
  });
}

/** The option that a cell begins with. */
const optionOf = (cell: string): string | null => /^`--([a-z-]+)/.exec(cell)?.[1] ?? null;
const words = (text: string): string[] => [...text.matchAll(/`([a-z-]+)`/g)].map(([, word]) => word!);

/** All options in the page, as `command --option`. */
function documented(): string[] {
  return rowsOf(PAGE).flatMap(({ section, cells }) => {
    if (section === "Everywhere") return [];
    const other = section === "Other commands";
    const option = optionOf(cells[other ? 1 : 0] ?? "");
    if (!option) return [];
    const all = words(other ? cells[0]! : section);
    const some = /\(([a-z, ]+)\)$/.exec(cells.at(-1)!)?.[1]?.split(", ") ?? [];
    const commands = some.length > 0 && some.every((name) => helps.has(name)) ? some : all;
    return commands.map((command) => `${command} --${option}`);
  });
}

const optionsOf = (help: string): string[] => [...help.matchAll(OPTION)].map(([, option]) => option!);

test("docs/cli.md lists every command once, with its arguments", () => {
  const listed = [...PAGE.matchAll(/^\| `([a-z-]+)([^`]*)` \| (?!`--)/gm)].map(
    ([, name, rest]) => name! + rest!,
  );
  const typed = [...helps].flatMap(([name, help]) =>
    name === "" ? [] : [help.split("\n")[0]!.slice("belay ".length)],
  );
  expect(typed.length).toBeGreaterThanOrEqual(19);
  expect(listed.filter((name) => typed.includes(name)).sort()).toEqual([...typed].sort());
});

test("docs/cli.md lists every option of every command once", () => {
  const everywhere = rowsOf(PAGE).flatMap(({ section, cells }) =>
    section === "Everywhere" ? (optionOf(cells[0]!) ?? []) : [],
  );
  expect(everywhere.sort()).toEqual(optionsOf(helps.get("")!).sort());
  const known = [...helps].flatMap(([name, help]) =>
    name === ""
      ? []
      : optionsOf(help)
          .filter((option) => !everywhere.includes(option))
          .map((option) => `${name} --${option}`),
  );
  expect(documented().sort()).toEqual(known.sort());
});

test.each(["errors.md", "guards.md"])("docs/%s lists every reason of a lost trial, once", (page) => {
  const listed = (state: string): string[] =>
    rowsOf(readDocs(page)).flatMap(({ cells }) =>
      cells[0]!.replaceAll("`", "") === state ? words(cells[1]!) : [],
    );
  expect(listed("pruned")).toEqual(PRUNE_REASONS);
  expect(listed("fail")).toEqual(FAIL_REASONS);
});

test("docs/cli.md lists every way in which a run ends, once", () => {
  const [line = ""] = /^`state`: .*?\./m.exec(PAGE)!;
  expect(words(line).slice(1)).toEqual(STUDY_ENDS);
});

test("examples in the help have no placeholder left in them", () => {
  for (const help of helps.values()) expect(help).not.toContain("$0");
});
