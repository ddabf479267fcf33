// Measures the scheduler: npm run bench:schedule -- [simulated|machines|pinball|overhead|real] ... (all without arguments).
//   [--trials N] [--budget 1.2] [--json]
// --trials is 10,000 by default for the simulated parts, 1,000 for the overhead and 40 for the real one. --budget is the
// memory of the real part in GB. The build (dist/) must exist. docs/figures.md has the figures and what they mean.
import { print, readArguments } from "./harness.ts";
import { pinballs } from "./schedule/pinball.ts";
import { overhead, real } from "./schedule/real.ts";
import type { Part } from "./schedule/setting.ts";
import { machines, simulated } from "./schedule/simulated.ts";

const PARTS: Readonly<Record<string, Part>> = { pinball: pinballs, simulated, machines, overhead, real };

const { parts, trials, budget, json } = readArguments({ trials: 0, budget: 1.2 }, Object.keys(PARTS));
const all: Record<string, unknown> = {};
for (const name of parts) {
  const { figures, text } = await PARTS[name]!({ trials: trials || null, budgetBytes: budget * 1e9 });
  all[name] = figures;
  if (!json) print(false, figures, () => text);
}
if (json) print(true, all, () => "");
