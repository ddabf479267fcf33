// Measures the CPU time of an ask and its tell in ms at a given number of finished trials, beside Optuna in one run:
//   npm run bench:ask -- --python /path/to/python [--histories 100,1000,5000,20000] [--params 5,20] [--json]
// Both start from finished trials of random params. In Belay up to 2,000 asks warm the compiler up first. Figures are medians.
import { fileURLToPath } from "node:url";
import { askTell } from "../../src/ask-tell/ask-tell.ts";
import type { SamplerName } from "../../src/index.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { askCpuMs } from "./ask/cost.ts";
import { checkNames, machineText, print, progress, readArguments, table } from "./harness.ts";
import { startPeer } from "./peer.ts";
import { median } from "./statistics.ts";

/** One cell of the table; null where nothing was measured. */
interface Figure {
  readonly params: number;
  readonly history: number;
  readonly sampler: string;
  readonly cpuMs: number;
  readonly optunaCpuMs: number | null;
}

const options = readArguments({
  python: null,
  peer: fileURLToPath(new URL("optuna-peer.py", import.meta.url)),
  samplers: ["tpe", "cmaes", "qmc", "random"],
  against: "tpe-multivariate",
  histories: [100, 1000, 5000, 20000],
  params: [5, 20],
  repeats: 5,
});
checkNames("--samplers", options.samplers, samplers.names);

const peer = options.python ? startPeer(options.python, options.peer) : null;
const optuna = peer ? await peer.call({ op: "version" }) : null;
const figures: Figure[] = [];
for (const params of options.params) {
  for (const history of options.histories) {
    const request = { op: "speed", sampler: options.against, params, history };
    const asked = peer?.call<{ readonly cpuMs: readonly number[] }>({
      ...request,
      trials: history > 2000 ? 10 : 20,
    });
    const theirs = asked ? median((await asked).cpuMs) : null;
    for (const sampler of options.samplers as SamplerName[]) {
      progress(`${params} params, ${history} trials, ${sampler} ...`);
      const cpuMs = askCpuMs(askTell, { sampler, params, history, repeats: options.repeats });
      const optunaCpuMs = sampler === "tpe" ? theirs : null;
      figures.push({ params, history, sampler, cpuMs, optunaCpuMs });
    }
  }
}
peer?.close();
progress("");

print(options.json, { optuna, figures }, () => {
  const rows = figures.map(({ params, history, sampler, cpuMs, optunaCpuMs: theirs }) => [
    ...[params, history, sampler, cpuMs.toFixed(3)],
    ...(theirs === null ? ["-", "-"] : [theirs.toFixed(2), (theirs / cpuMs).toFixed(0)]),
  ]);
  const columns = ["params", "history", "sampler", "Belay CPU ms", "Optuna CPU ms", "times faster"];
  return `${machineText()}${optuna ? `, Optuna ${JSON.stringify(optuna)}` : ""}\n${table(columns, rows)}`;
});
