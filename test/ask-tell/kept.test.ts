import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { describe, expect, it } from "vitest";
import { type AskTell, askTell } from "../../src/ask-tell/ask-tell.ts";
import type { AskTellOptions } from "../../src/ask-tell/options.ts";
import type { SamplerName } from "../../src/core/search/sampler.ts";
import type { Told } from "../../src/core/search/told.ts";
import { categorical, float, int } from "../../src/core/space/param.ts";
import type { Params } from "../../src/core/space/space.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { folder } from "../support/belay.ts";

/** A search that is rebuilt from kept trials goes on as the original search would have. */

interface Kept {
  readonly params: Params;
  readonly told: Told;
}

const space = {
  x: float(-5, 5),
  rate: float(1e-4, 1, { log: true }),
  share: float(0, 1, { step: 0.1 }),
  depth: int(1, 8),
  kind: categorical(["a", "b"]),
  only: float(0, 1).when("kind", "b"),
};

function toldOf(number: number, params: Params): Told {
  if (number % 7 === 3) return { state: "pruned", reason: "memory-limit", overrun: 0.3 };
  if (number % 11 === 5) return { state: "fail" };
  const value = Number(params.x) ** 2 + Number(params.depth) / 10 + Math.abs(Math.log(Number(params.rate)));
  return { state: "complete", value, constraints: [Number(params.share) - 0.8] };
}

function goOn(search: AskTell, count: number): Kept[] {
  return Array.from({ length: count }, () => {
    const { number, params } = search.ask()!;
    const told = toldOf(number, params);
    search.tell(number, told);
    return { params, told };
  });
}

it.each(samplers.names)("with %s, if who proposed a trial is kept too", (name) => {
  const options: AskTellOptions = { space, sampler: name as SamplerName, seed: 5 };
  const search = askTell(options);
  const first = goOn(search, 35);
  const { proposer, proposers } = search.history;
  const kept = first.map((trial, i) => ({ ...trial, by: proposers[proposer[i]!]! }));
  const copy = askTell(options);
  copy.add(JSON.parse(JSON.stringify(kept)));
  expect(goOn(copy, 25)).toEqual(goOn(search, 25));
});

/** What was enqueued was proposed by nobody, so that auto cannot know whom to give credit for it. */
const ALONE = samplers.names.filter((name) => name !== "auto");

it.each(ALONE)("with %s, through JSON", (name) => {
  const options: AskTellOptions = { space, sampler: name as SamplerName, seed: 5 };
  const undisturbed = goOn(askTell(options), 60);
  const kept = JSON.parse(JSON.stringify(undisturbed.slice(0, 35))) as Kept[];
  const search = askTell(options);
  for (const { params, told } of kept) {
    search.enqueue(params);
    search.tell(search.ask()!.number, told);
  }
  expect(goOn(search, 25)).toEqual(undisturbed.slice(35));
});

describe.each(["search.json", "trials.ndjson"])("the loop in docs/ask-tell.md that keeps %s", (file) => {
  it("has the same trials whether it is killed again and again or never", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/ask-tell.md"), "utf8");
    const example = page
      .split("```ts\n")
      .find((block) => block.includes(`"${file}"`))!
      .split("```")[0]!;
    const index = new URL("../../dist/index.js", import.meta.url).href;
    const script = `${example.replace('"belay"', JSON.stringify(index))}
let calls = 0;
function objective({ x, depth }) {
  if (++calls > Number(process.env.CALLS)) process.kill(process.pid, "SIGKILL");
  return depth === 8 ? NaN : (x - 1) ** 2 + depth;
}`;
    const { code } = transformSync(script, { loader: "ts", format: "esm" });
    const run = (cwd: string, calls: number): string | null => {
      writeFileSync(
        join(cwd, "loop.mjs"),
        code.replace("let calls = 0;", "").replace(/^/, "let calls = 0;\n"),
      );
      const { signal, stderr } = spawnSync(process.execPath, ["loop.mjs"], {
        cwd,
        env: { ...process.env, CALLS: `${calls}` },
        encoding: "utf8",
      });
      expect(stderr).toBe("");
      return signal;
    };
    const kept = (cwd: string): string => readFileSync(join(cwd, file), "utf8");

    const whole = folder();
    expect(run(whole, 1000)).toBeNull();
    const cut = folder();
    for (const calls of [1, 17, 30]) expect(run(cut, calls)).toBe("SIGKILL");
    expect(run(cut, 1000)).toBeNull();
    expect(kept(whole).match(/"told":/g)).toHaveLength(100);
    expect(kept(cut)).toBe(kept(whole));
  });
});
