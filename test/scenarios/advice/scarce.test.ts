import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { belay } from "../../support/belay.ts";
import { studyText } from "../../support/refused.ts";
import { commandIn, oddPlace, runIn, type } from "./follow.ts";

/** Commands that messages suggest on a machine with too few resources, and about unsound splits. */

test("splits that share rows: the check that a launch names describes them", async () => {
  const place = oddPlace(studyText("splits: () => [{ train: [0, 1, 2], validation: [1, 2] }],"));
  const { stderr } = await runIn(place, "launch", place.file, "--trials", "1");
  const checked = await type(place.cwd, commandIn(stderr, /row 1\)[^`]*: `(belay check [^`]+)`/));
  expect(checked.code).toBe(1);
  expect(checked.stdout).toMatch(/problem: splits\[0\]: .*2 rows both in train and in validation/);
});

test("too few open files: a launch works with the named limit, and with fewer workers", async () => {
  const place = oddPlace(studyText());
  const launch = `exec belay launch "${place.file}" --trials 1`;
  const few = await type(place.cwd, `sh -c 'ulimit -n 64 && ${launch} --name few'`);
  const raise = commandIn(few.stderr, /raise it, as in (ulimit -n \d+)/);
  expect((await type(place.cwd, `sh -c '${raise} && ${launch} --name few'`)).code).toBe(0);
  const many = await type(place.cwd, `sh -c 'ulimit -n 256 && ${launch} --name many --workers 40'`);
  const option = commandIn(many.stderr, /or use fewer (--workers) than 40/);
  expect((await type(place.cwd, `sh -c 'ulimit -n 256 && ${launch} --name many ${option} 2'`)).code).toBe(0);
});

test("no room for the study's bundle: with a folder in the environment variable that is named there is room", async (context) => {
  const place = oddPlace(studyText());
  const disk = join(place.cwd, "disk");
  mkdirSync(disk);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]);
  if (mounted.status !== 0) {
    process.stderr.write("\nNOT TESTED: no room for temporary files. This process may not mount a disk.\n");
    return context.skip("mounting is not allowed here");
  }
  onTestFinished(() => void spawnSync("umount", ["-l", disk]));
  for (let left = true, i = 0; left; i++) {
    try {
      writeFileSync(join(disk, `ballast-${i}`), Buffer.alloc(4096, 1));
    } catch {
      left = false;
    }
  }
  const launch = ["launch", place.file, "--trials", "1"];
  const { stderr } = await belay(place.cwd, launch, { TMPDIR: disk });
  const [name, value] = commandIn(stderr, /in the environment, as in (TMPDIR=\S+)\n/).split("=");
  const again = await belay(place.cwd, launch, { [name!]: value! });
  expect(again.code, again.stderr).toBe(0);
});
