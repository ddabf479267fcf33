import type { RunFacts } from "../../launch/events.ts";
import type { Workers } from "../../scheduler/workers.ts";

/** How a study is about to run, in one line. */
export function readyText({
  study,
  splitCount,
  workers,
  mostWorkers,
  sampler,
  pruner,
  stop,
  seed,
  backend,
}: RunFacts): string {
  const where = backend ? `, backend ${backend}` : "";
  const rules = stop.length > 0 ? `, stop ${stop.join(", ")}` : "";
  const splits = splitCount === 1 ? "1 split" : `${splitCount} splits`;
  return `study ${study}: ${splits}, ${workersText(workers, mostWorkers)}, sampler ${sampler}, pruner ${pruner}${rules}, seed ${seed}${where}`;
}

function workersText(asked: Workers, most: number): string {
  const count = `${most} worker${most === 1 ? "" : "s"}`;
  return typeof asked === "number" ? count : `up to ${count} (${asked})`;
}
