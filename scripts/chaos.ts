// Chaos: kills coordinators and hosts again and again, and checks that nothing is lost. A failing seed can be repeated.
//   npm run chaos -- --simulated 1000 --real 100 [--seed N]
import { parseArgs } from "node:util";
import { CRASH_POINTS } from "../test/scenarios/chaos/fate.ts";
import { realChaos } from "../test/scenarios/chaos/real.ts";
import { REAL_FAULTS } from "../test/scenarios/chaos/real-faults.ts";
import { SIMULATED_FAULTS, simulatedChaos } from "../test/scenarios/chaos/simulated.ts";
import type { Campaign } from "../test/scenarios/chaos/world.ts";

type Kind = "simulated" | "real";

/** The result of all seeds of a kind. */
interface Result {
  readonly count: number;
  /** How often each fault came. */
  readonly fired: ReadonlyMap<string, number>;
  readonly lives: number;
  readonly seconds: number;
}

const { values } = parseArgs({
  options: {
    simulated: { type: "string", default: "100" },
    real: { type: "string", default: "10" },
    seed: { type: "string", default: "0" },
  },
});
const first = Number(values.seed);
const failures: string[] = [];
/**
 * From this number of seeds on, every kind of fault must have come at least once. Real faults come in real time: one that
 * few seeds draw may fall after the end of their studies, which on a busy machine leaves it out of ten seeds.
 */
const ENOUGH = { simulated: 100, real: 30 };

const simulated = await campaign("simulated", Number(values.simulated), simulatedChaos);
expectFired("simulated", simulated, [
  ...CRASH_POINTS.map((point) => `crash at ${point}`),
  ...SIMULATED_FAULTS,
]);
report("simulated", simulated);
const real = await campaign("real", Number(values.real), realChaos);
expectFired("real", real, REAL_FAULTS);
report("real", real);

/** Runs seeds one after the other. */
async function campaign(
  kind: Kind,
  count: number,
  one: (seed: number) => Promise<Campaign>,
): Promise<Result> {
  const fired = new Map<string, number>();
  const began = performance.now();
  let lives = 0;
  for (let seed = first; seed < first + count; seed++) {
    const result = await one(seed).catch((error: unknown) => ({
      broken: [error instanceof Error && error.stack ? error.stack : String(error)],
      fired: {},
      lives: 0,
    }));
    lives += result.lives + 1;
    for (const [name, times] of Object.entries(result.fired)) fired.set(name, (fired.get(name) ?? 0) + times);
    for (const line of result.broken) failures.push(`${kind} seed ${seed}: ${line}`);
  }
  return { count, fired, lives, seconds: (performance.now() - began) / 1000 };
}

/** Fails the campaign if a fault never came, because then the campaign proves nothing about it. */
function expectFired(kind: Kind, { count, fired }: Result, names: readonly string[]): void {
  if (count < ENOUGH[kind]) return;
  const silent = names.filter((name) => !fired.has(name));
  if (silent.length > 0) failures.push(`${kind}: these faults never came: ${silent.join(", ")}`);
}

function report(kind: Kind, { count, fired, lives, seconds }: Result): void {
  if (count === 0) return;
  console.log(`${kind}: ${count} seeds, ${lives} lives of a coordinator, ${seconds.toFixed(1)} s`);
  for (const [name, times] of [...fired].sort()) console.log(`  ${String(times).padStart(6)}  ${name}`);
}

for (const line of failures) console.log(line);
if (failures.length > 0) process.exitCode = 1;
