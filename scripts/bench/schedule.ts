// Measures the scheduler: npm run bench:schedule -- [simulated|pinball|overhead|real] ... (all without arguments).
// The build (dist/) must be there. Figures and what they mean: docs/figures.md.
import { pinballs } from "./schedule/pinball.ts";
import { overhead, real } from "./schedule/real.ts";
import { simulated } from "./schedule/simulated.ts";

const all: Readonly<Record<string, () => void | Promise<void>>> = {
  pinball: pinballs,
  simulated,
  overhead,
  real,
};
const asked = process.argv.slice(2);
for (const name of asked.length > 0 ? asked : Object.keys(all)) {
  const measure = all[name];
  if (!measure)
    throw new Error(`bench:schedule: expected one of ${Object.keys(all).join(", ")}, got ${name}`);
  await measure();
}
