/** The text of the study that `belay new` writes: short, with an example of everything that most studies need. */
export function startingStudy(name: string): string {
  return `import { categorical, defineStudy, float, int, stratifiedKFold } from "belay";

// Two half moons, one a class: which of them does a point belong to? Its nearest neighbours vote.
//
//   belay check ${name}.ts                  is it sound, and what will it take?
//   belay launch ${name}.ts --trials 20     runs it; the results are in belay.db
//   belay best ${name}                      the best params

export default defineStudy({
  name: "${name}",
  direction: "maximize",

  // What is searched. A param under \`when\` exists only in trials in which the other one has that value.
  space: {
    neighbours: int(1, 100, { log: true }),
    distance: categorical(["straight", "blocks"]),
    weighting: categorical(["equal", "distance"]),
    power: float(0.5, 4).when("weighting", "distance"),
  },

  // What may end a trial: it is pruned, and the study goes on.
  limits: { splitTimeout: "1m", memory: "1GiB" },

  // Runs once in every worker. Files beside this one: new URL("rows.csv", import.meta.url).
  data: ({ seed }) => halfMoons(400, seed),

  // Each row validates once, and every fold has the same share of both classes.
  splits: (data, { seed }) => stratifiedKFold(data.labels, { folds: 5, seed }),

  // Runs for each split of a trial: train on split.train, return how good it is on split.validation.
  // For TensorFlow.js add \`backend: "auto"\` above, and take \`tf\` here.
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

/** Numbers in [0, 1) that are the same in every worker: Math.random would give each of them other data. */
function generator(seed: number): () => number {
  let state = 1 + (Math.abs(seed) % 2147483646);
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
`;
}
