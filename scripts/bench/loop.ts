// Measures for how long an ask holds up the coordinator's loop, and how long the slot that asks waits for it: with the
// sampler asked in the loop, and as a study asks it (src/asker), in turn on the same histories.
//   npm run bench:loop -- [--samplers gp,tpe] [--histories 200,400] [--params 5] [--asks 30] [--json]
// Histories are finished trials of random params. The first ask, which reads the history, is a figure of its own.
import { setTimeout as sleep } from "node:timers/promises";
import { openAsker } from "../../src/asker/asker.ts";
import { rng } from "../../src/core/rng.ts";
import { type FinishedTrial, TrialHistory } from "../../src/core/search/history.ts";
import { type AskedStudy, type Asker, askContext, toSuggestion } from "../../src/core/search/sampler.ts";
import { uniformRow } from "../../src/core/space/draw.ts";
import { compileSpace, type Space } from "../../src/core/space/space.ts";
import { samplers } from "../../src/sampler/registry.ts";
import { checkNames, machineText, print, progress, readArguments, table } from "./harness.ts";
import { median } from "./statistics.ts";

const options = readArguments({ samplers: ["gp", "tpe"], histories: [200, 400], params: 5, asks: 30 });
checkNames("--samplers", options.samplers, samplers.names);
/** Between two asks, in which a loop that is free has its turns. */
const PAUSE_MS = 20;

/** Times in ms: the longest without a turn of the loop, and how long the answers took. */
interface Figure {
  readonly sampler: string;
  readonly history: number;
  readonly where: string;
  readonly firstHeldMs: number;
  readonly medianHeldMs: number;
  readonly mostHeldMs: number;
  readonly firstAskMs: number;
  readonly medianAskMs: number;
}

const figures: Figure[] = [];
for (const sampler of options.samplers) {
  for (const history of options.histories) {
    for (const where of ["in the loop", "as a study asks"]) {
      progress(`${sampler}, ${history} trials, ${where} ...`);
      figures.push(await measure(sampler, history, where));
    }
  }
}
progress("");

print(options.json, figures, () => {
  const rows = figures.map(({ sampler, history, where, ...times }) => [
    ...[sampler, history, where],
    ...Object.values(times).map((ms) => ms.toFixed(1)),
  ]);
  const columns = [
    "sampler",
    "history",
    "asked",
    "first held ms",
    "median",
    "most",
    "first ask ms",
    "median",
  ];
  return `${machineText()}\n${table(columns, rows)}`;
});

async function measure(name: string, size: number, where: string): Promise<Figure> {
  const space = spaceOf(options.params);
  const study: AskedStudy = { space, directions: ["minimize"], noise: false, seed: 1 };
  const history = new TrialHistory(space, 1);
  const tell = (row: Float64Array, by: string): void => history.append(trialOf(history.size, row, by));
  while (history.size < size) tell(randomRow(space, history.size), ["gp", "tpe"][history.size % 2]!);
  const beside = where === "in the loop" ? null : openAsker(name, study);
  const asker: Asker = beside ?? samplers.make("sampler", name);
  const held: number[] = [];
  const took: number[] = [];
  for (let i = 0; i < options.asks; i++) {
    const lateness = watchLoop();
    await sleep(PAUSE_MS);
    const began = performance.now();
    const answer = asker.ask(askContext(study, { history, number: history.size, trials: null }));
    const suggestion = answer instanceof Promise ? await answer : toSuggestion(asker, answer);
    took.push(performance.now() - began);
    await sleep(PAUSE_MS);
    held.push(lateness());
    tell(suggestion!.row, suggestion!.by);
  }
  await beside?.close();
  const [firstHeldMs, firstAskMs] = [held.shift()!, took.shift()!];
  const most = held.reduce((least, ms) => Math.max(least, ms), 0);
  return {
    ...{ sampler: name, history: size, where, firstHeldMs, medianHeldMs: median(held), mostHeldMs: most },
    ...{ firstAskMs, medianAskMs: median(took) },
  };
}

/** Watches the loop by a timer of one ms. @returns a function that ends it, and returns the longest time without a turn. */
function watchLoop(): () => number {
  let most = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    most = Math.max(most, now - last);
    last = now;
  }, 1);
  return () => {
    clearInterval(timer);
    return most;
  };
}

function spaceOf(count: number): Space {
  const distribution = { kind: "float", low: -5, high: 5, log: false, step: null } as const;
  return compileSpace(
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, { distribution, conditions: [] }])),
  );
}

function randomRow(space: Space, number: number): Float64Array {
  return uniformRow(space, rng(1, number, "history"), new Float64Array(space.params.length).fill(Number.NaN));
}

function trialOf(number: number, row: Float64Array, by: string): FinishedTrial {
  const value = row.reduce((sum, x, i) => sum + (1 + i) * (x - 1) ** 2 + Math.sin(3 * x), 0);
  return {
    ...{ number, state: "complete", reason: null, row, values: [value], constraints: [] },
    ...{ overrun: 0, by, steps: [] },
  };
}
