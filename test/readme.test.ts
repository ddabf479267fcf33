import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { belay, folder, write } from "./support/belay.ts";

/** The promises of the documents. */

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(root, "docs")).flatMap((name) => (name.endsWith(".md") ? `docs/${name}` : [])),
];

describe("the README", () => {
  test("has a study that runs unchanged", { timeout: 180_000 }, async () => {
    const cwd = folder();
    symlinkSync(join(root, "node_modules"), join(cwd, "node_modules"));
    write(cwd, { "cars.ts": /```ts\n(.*?)```/s.exec(readme)![1]!.replace("epochs: 30", "epochs: 1") });
    const launched = await belay(cwd, ["launch", "cars.ts", "--trials", "2", "--workers", "2"]);
    expect(launched.code, launched.stderr).toBe(0);

    const questions = [...readme.matchAll(/^ {4}belay ((?:list|best|query|show|sql) ?.*)$/gm)];
    expect(questions.length).toBeGreaterThan(5);
    for (const [, typed] of questions) {
      const args = [...typed!.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
      const { code, stderr } = await belay(cwd, args[0] === "show" ? ["show", "cars", "1"] : args);
      expect({ typed, code, stderr }).toEqual({ typed, code: 0, stderr: "" });
    }
  });

  test("has no placeholder", () => {
    expect(readme).not.toMatch(/@@|TODO|TBD/);
  });
});

describe.each(pages)("%s", (page) => {
  test("links to pages that exist", () => {
    const text = readFileSync(join(root, page), "utf8").replace(/```.*?```|`[^`\n]*`/gs, "");
    const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map((match) => match[1]!);
    const dead = links.filter(
      (link) => !/^https?:/.test(link) && !existsSync(join(root, dirname(page), link)),
    );
    expect(dead).toEqual([]);
  });
});

test("every option of launch and resume is in docs/cli.md", async () => {
  const text = readFileSync(join(root, "docs/cli.md"), "utf8");
  for (const command of ["launch", "resume", "query"]) {
    const { stdout } = await belay(root, [command, "--help"]);
    const options = [...stdout.matchAll(/^ +--([\w-]+)/gm)].map((match) => match[1]!);
    const missing = options.filter(
      (option) => !["help", "version", "color"].includes(option) && !text.includes(`--${option}`),
    );
    expect({ command, missing }).toEqual({ command, missing: [] });
  }
});
