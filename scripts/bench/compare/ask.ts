// Prints what an ask of tpe costs in one build, as JSON by situation: `ask.ts BUILD`. Each build has its own process.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Belay from "../../../src/index.ts";
import { askCpuMs } from "../ask/cost.ts";

const PARAMS = [5, 20];
const HISTORIES = [100, 1_000, 10_000];
/** For each history about this many trials are created in all. */
const TRIALS = 20_000;

const [build] = process.argv.slice(2);
const { href } = pathToFileURL(join(build!, "dist", "index.js"));
const { askTell } = (await import(href)) as typeof Belay;
const measured = PARAMS.flatMap((params) =>
  HISTORIES.map((history) => {
    const repeats = Math.max(1, Math.min(20, Math.round(TRIALS / history)));
    const cpuMs = askCpuMs(askTell, { sampler: "tpe", params, history, repeats });
    return [`CPU ms, ${params} params, ${history} trials`, cpuMs] as const;
  }),
);
console.log(JSON.stringify(Object.fromEntries(measured)));
