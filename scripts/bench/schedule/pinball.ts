import { rng } from "../../../src/core/rng.ts";
import { compileSpace, type ParamDeclaration } from "../../../src/core/space/space.ts";
import { fromUnit } from "../../../src/core/space/unit-cube.ts";
import { pinball, quantileModel } from "../../../src/scheduler/quantile.ts";
import { table } from "../harness.ts";
import { type Part, percent, SEED } from "./setting.ts";

/** How well the 95 % quantile of a held-out trial is forecast, for peaks and durations of several shapes. */
export const pinballs: Part = () => {
  const param = (low: number, high: number, log = false): ParamDeclaration => ({
    distribution: { kind: "int", low, high, log, step: 1 },
    conditions: [],
  });
  const optimizer: ParamDeclaration = {
    distribution: { kind: "categorical", choices: ["adam", "sgd"] },
    conditions: [],
  };
  const rate: ParamDeclaration = {
    distribution: { kind: "float", low: 1e-4, high: 0.1, log: true, step: null },
    conditions: [],
  };
  const space = compileSpace({
    units: param(32, 1024),
    layers: param(1, 4),
    batch: param(8, 256, true),
    rate,
    optimizer,
  });
  const shapes: Readonly<Record<string, (row: Float64Array) => number>> = {
    "product of sizes on a base": (r) =>
      90e6 + r[0]! * r[1]! * 4e5 * (r[4]! === 0 ? 1.5 : 1) + r[2]! * r[0]! * 4e3,
    "one size decides": (r) => 5e7 * Math.exp(r[0]! / 250),
    "a step (one choice is dear)": (r) => (r[4]! === 0 ? 2e9 : 3e8),
    "a bump in the middle": (r) => 1e8 + 2e9 * Math.exp(-(((r[0]! - 500) / 120) ** 2)),
    "params predict nothing": () => 1e9,
  };
  const figures = [];
  for (const [name, shape] of Object.entries(shapes)) {
    for (const count of [20, 50, 200]) {
      const model = quantileModel(space);
      const constant = quantileModel(compileSpace({}));
      const draw = (n: number) => {
        const random = rng(SEED, n, "row");
        const row = Float64Array.from(
          space.params.map(({ distribution }) => fromUnit(distribution, random.next())),
        );
        return {
          row,
          value: shape(row) * Math.exp((name.startsWith("params") ? 0.6 : 0.1) * random.normal()),
        };
      };
      for (let n = 0; n < count; n++) {
        const { row, value } = draw(n);
        model.observe(row, value);
        constant.observe(new Float64Array(0), value);
      }
      let [ours, theirs, below] = [0, 0, 0];
      for (let n = 0; n < 1_000; n++) {
        const { row, value } = draw(1e6 + n);
        const high = model.forecast(row)!.high;
        ours += pinball(Math.log(value), Math.log(high), 0.95) / 1_000;
        theirs +=
          pinball(Math.log(value), Math.log(constant.forecast(new Float64Array(0))!.high), 0.95) / 1_000;
        below += value <= high ? 0.001 : 0;
      }
      figures.push({ shape: name, trials: count, loss: ours, model: model.model, constant: theirs, below });
    }
  }
  const rows = figures.map(({ shape, trials, loss, model, constant, below }) => [
    ...[shape, trials, loss.toFixed(4), model, constant.toFixed(4), percent(below)],
  ]);
  const title =
    "pinball loss (0.95, log space) on 1,000 held-out trials; noise 10 %; share below the forecast";
  const columns = ["peaks", "after", "loss", "model", "loss of a constant", "below"];
  return { figures, text: `${title}\n${table(columns, rows)}` };
};
