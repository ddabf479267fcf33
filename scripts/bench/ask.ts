// CPU ms per ask + tell at a given history, beside Optuna in one run:
//   npm run bench:ask -- --python /path/to/python [--histories 100,1000,5000,20000] [--params 5,20]
// Both start from finished trials of random params; 100 asks warm our compiler up first. Medians.
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { askTell } from "../../src/ask-tell.ts";
import type { Distribution } from "../../src/core/space/distribution.ts";
import type { SamplerName } from "../../src/index.ts";
import { startPeer } from "./peer.ts";
import { median } from "./statistics.ts";

const { values: options } = parseArgs({
  options: {
    python: { type: "string" },
    peer: { type: "string", default: fileURLToPath(new URL("optuna-peer.py", import.meta.url)) },
    samplers: { type: "string", default: "tpe,cmaes,qmc,random" },
    against: { type: "string", default: "tpe-multivariate" },
    histories: { type: "string", default: "100,1000,5000,20000" },
    params: { type: "string", default: "5,20" },
    repeats: { type: "string", default: "5" },
  },
});
const ASKS = 20;

function spaceOf(count: number) {
  const distribution: Distribution = { kind: "float", low: -5, high: 5, log: false, step: null };
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`x${i}`, { distribution, conditions: [] }]),
  );
}

const sphere = (params: Readonly<Record<string, unknown>>): number =>
  Object.values(params).reduce((sum: number, value) => sum + Number(value) ** 2, 0);

/** A study with a history of random trials. */
function withHistory(sampler: SamplerName, count: number, history: number, seed: number) {
  const search = askTell({ space: spaceOf(count), sampler, seed });
  const source = askTell({ space: spaceOf(count), sampler: "random", seed });
  for (let i = 0; i < history; i++) {
    search.enqueue(source.ask()!.params);
    const trial = search.ask()!;
    search.tell(trial.number, sphere(trial.params));
  }
  return search;
}

function cpuMs(search: ReturnType<typeof withHistory>, asks: number): number[] {
  return Array.from({ length: asks }, () => {
    const before = process.cpuUsage();
    const trial = search.ask()!;
    search.tell(trial.number, sphere(trial.params));
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
}

/** The median over several studies of the same history, each asked a few times, so that the history stays what it is. */
function measure(sampler: SamplerName, count: number, history: number): number {
  cpuMs(withHistory(sampler, count, 100, 99), 100);
  const found: number[] = [];
  for (let repeat = 0; repeat < Number(options.repeats); repeat++) {
    const search = withHistory(sampler, count, history, repeat);
    cpuMs(search, 2); // The first ask reads the whole history.
    found.push(...cpuMs(search, ASKS));
  }
  return median(found);
}

const peer = options.python ? startPeer(options.python, options.peer) : null;
if (peer)
  console.log(`optuna: ${JSON.stringify(await peer.call({ op: "version" }))}, node ${process.version}`);
console.log(
  "| params | history | sampler | Belay CPU ms | Optuna CPU ms | times faster |\n|---|---|---|---|---|---|",
);
for (const count of options.params.split(",").map(Number)) {
  for (const history of options.histories.split(",").map(Number)) {
    const asks = history > 2000 ? 10 : ASKS;
    const request = { op: "speed", sampler: options.against, params: count, history, trials: asks };
    const before = peer
      ? median((await peer.call<{ readonly cpuMs: readonly number[] }>(request)).cpuMs)
      : null;
    for (const sampler of options.samplers.split(",") as SamplerName[]) {
      const own = measure(sampler, count, history);
      const beside =
        before !== null && sampler === "tpe"
          ? `${before.toFixed(2)} | ${(before / own).toFixed(0)}`
          : "- | -";
      console.log(`| ${count} | ${history} | ${sampler} | ${own.toFixed(3)} | ${beside} |`);
    }
  }
}
peer?.close();
