import { readFileSync } from "node:fs";

/**
 * The files that `belay new --python` writes: a study, a program in Python that trains, and the module that connects the
 * two, each with its name and its text.
 *
 * @param name - The study's name.
 */
export function startingPython(name: string): readonly (readonly [file: string, text: string])[] {
  return [
    [`${name}.ts`, study(name)],
    [`${name}.py`, template("train.py").replaceAll("NAME.py", `${name}.py`)],
    ["belay.py", template("belay.py")],
  ];
}

function template(file: string): string {
  return readFileSync(new URL(`templates/${file}`, import.meta.url), "utf8");
}

function study(name: string): string {
  return `import { categorical, defineCommandStudy, float, int } from "belay";

// The params and limits of ${name}.py, which trains: the nearest neighbours of a point vote for its class.
//
//   belay check ${name}.ts                  checks this file, runs one split, and estimates the time of a launch
//   belay launch ${name}.ts --trials 20     runs 20 trials; the results are in belay.db
//   belay best ${name}                      shows the best params
//   python3 ${name}.py --neighbours=5       trains without Belay

export default defineCommandStudy({
  name: "${name}",
  direction: "maximize",

  // The params that are searched. One with \`when\` exists only in trials in which the other param has that value.
  space: {
    neighbours: int(1, 100, { log: true }),
    weighting: categorical(["equal", "distance"]),
    power: float(0.5, 4).when("weighting", "distance"),
  },

  // The program divides the data by itself. Every split is recorded, and a resume runs only those that are missing.
  splits: 5,

  // A trial that reaches one of these limits is pruned, and the study goes on.
  limits: { splitTimeout: "1m", memory: "1GiB" },

  // Starts once for each trial, in the folder of this file.
  command: () => ["python3", "${name}.py"],
});
`;
}
