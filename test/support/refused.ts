import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { belay, MAIN } from "./belay.ts";

/** The expected refusal of a command. */
export interface Refusal {
  /** 2: wrong usage or a wrong study file; 1: the operation failed. */
  readonly code: 1 | 2;
  /** Parts of the line in any order: what was wrong, what was expected, what came. */
  readonly says: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Expects that a command is refused: one clear line on stderr, nothing on stdout, no database written. */
export async function expectRefusal(cwd: string, args: readonly string[], refusal: Refusal): Promise<void> {
  const before = files(cwd);
  const { code, stdout, stderr } = await belay(cwd, args, refusal.env);
  expect(stderr, "one line").toMatch(/^belay: [^\n]+\n$/);
  for (const piece of refusal.says) expect(stderr).toContain(piece);
  expect(stderr, "no stack trace").not.toMatch(/\bat .+:\d+:\d+|internal error/);
  expect(stdout).toBe("");
  expect(code).toBe(refusal.code);
  expect(files(cwd), "nothing half-written").toEqual(before);
}

/** Files that a command may have left behind, except its log. */
function files(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => !/\.log$|-(wal|shm)$/.test(name)) : [];
}

/** A study of two splits that trains instantly; `fields` replace or add fields. */
export function studyText(fields = ""): string {
  return `import { categorical, defineStudy, float, int } from "belay";
export default defineStudy({
  name: "bowl",
  direction: "minimize",
  space: { x: float(-1, 1), rate: float(0.001, 1, { log: true }) },
  splits: () => [{ train: [0], validation: [1] }, { train: [1], validation: [0] }],
  train: ({ params }) => params.x ** 2,
  ${fields}
});
`;
}

/** Makes a database with one finished trial of the study `bowl`. It can be called in hooks too. */
export function launchBowl(cwd: string): void {
  writeFileSync(join(cwd, "bowl.ts"), studyText());
  execFileSync(process.execPath, [MAIN, "launch", "bowl.ts", "--trials", "1", "--quiet"], { cwd });
}
