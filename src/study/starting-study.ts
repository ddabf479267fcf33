/** The text of the study that `belay new` writes: short, with an example of everything that most studies need. */
export function startingStudy(name: string): string {
  return `import { categorical, defineStudy, float, int, stratifiedKFold } from "belay";

// Classifies points of two half moons, one moon for each class: the nearest neighbours of a point vote for its class.
//
//   belay check ${name}.ts                  checks this file, and estimates the time and memory of a launch
//   belay launch ${name}.ts --trials 20     runs 20 trials; the results are in belay.db
//   belay best ${name}                      shows the best params

export default defineStudy({
  name: "${name}",
  direction: "maximize",

  // The params that are searched. One with \`when\` exists only in trials in which the other param has that value.
  space: {
    neighbours: int(1, 100, { log: true }),
    distance: categorical(["straight", "blocks"]),
    weighting: categorical(["equal", "distance"]),
    power: float(0.5, 4).when("weighting", "distance"),
  },

  // A trial that reaches one of these limits is pruned, and the study goes on.
  limits: { splitTimeout: "1m", memory: "1GiB" },

  // Loads the data, once in every worker. The URL of a file beside this one is new URL("rows.csv", import.meta.url).
  data: ({ seed }) => halfMoons(400, seed),

  // Divides the rows: each one validates once, and every fold has the same share of both classes.
  splits: (data, { seed }) => stratifiedKFold(data.labels, { folds: 5, seed }),

  // Runs for each split of a trial: trains on split.train, and returns how good the result is on split.validation.
  // To use TensorFlow.js, add \`backend: "auto"\` above, and take \`tf\` from the argument.
  train: ({ params, split, data }) => {
    const right = split.validation.filter((row) => {
      const nearest = split.train
        .map((other) => ({ other, away: away(data.points[row]!, data.points[other]!, params.distance) }))
        .sort((a, b) => a.away - b.away)
        .slice(0, params.neighbours);
      let vote = 0;
      for (const { other, away } of nearest) {
        const weight = params.weighting === "distance" ? 1 / (away + 1e-9) ** params.power : 1;
        vote += data.labels[other] === 1 ? weight : -weight;
      }
      return (vote > 0 ? 1 : 0) === data.labels[row];
    });
    return right.length / split.validation.length;
  },
});

type Point = readonly [number, number];

function away([x, y]: Point, [a, b]: Point, distance: "straight" | "blocks"): number {
  return distance === "straight" ? Math.hypot(x - a, y - b) : Math.abs(x - a) + Math.abs(y - b);
}

function halfMoons(count: number, seed: number): { points: Point[]; labels: number[] } {
  const random = generator(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const labels = Array.from({ length: count }, (_, row) => row % 2);
  const points = labels.map((label): Point => {
    const angle = Math.PI * random();
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    return [(label ? 1 - x : x) + 0.3 * normal(), (label ? 0.5 - y : y) + 0.3 * normal()];
  });
  return { points, labels };
}

/** Random numbers in [0, 1) that follow from the seed alone, so that every worker has the same data. */
function generator(seed: number): () => number {
  let state = 1 + (Math.abs(seed) % 2147483646);
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
`;
}
