// Prints what an ask costs in one build, as JSON by history: `ask.ts BUILD 100,1000`. Each build has its own process.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Belay from "../../../src/index.ts";
import { askCpuMs } from "../ask/cost.ts";

const [build, histories] = process.argv.slice(2);
const { href } = pathToFileURL(join(build!, "dist", "index.js"));
const { askTell } = (await import(href)) as typeof Belay;
/** For each history about this many trials are created in all. */
const TRIALS = 20_000;
const measured = histories!.split(",").map((text) => {
  const history = Number(text);
  const repeats = Math.max(1, Math.min(20, Math.round(TRIALS / history)));
  return [text, askCpuMs(askTell, { sampler: "tpe", params: 5, history, repeats })] as const;
});
console.log(JSON.stringify(Object.fromEntries(measured)));
