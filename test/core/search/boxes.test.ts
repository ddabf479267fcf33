import fc from "fast-check";
import { expect, it } from "vitest";
import { type Boxes, nonDominatedBoxes } from "../../../src/core/search/boxes.ts";
import { hypervolume } from "../../../src/core/search/hypervolume.ts";

type Points = readonly (readonly number[])[];

/** Points of which some are equal in a cost, dominated, or outside of the reference. */
const sets = fc.integer({ min: 2, max: 3 }).chain((dims) =>
  fc.record({
    reference: fc.constant(new Array<number>(dims).fill(7)),
    points: fc.array(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 8 }), fc.double({ min: -3, max: 8, noNaN: true })), {
        minLength: dims,
        maxLength: dims,
      }),
      { maxLength: 25 },
    ),
  }),
);

/** The sides of a box: for each dimension the lower one and the upper one. */
function boxAt({ cuts, sides }: Boxes, box: number): (readonly [low: number, high: number])[] {
  const dims = cuts.length;
  return cuts.map((places, k) => {
    const at = 2 * (box * dims + k);
    return [places[sides[at]!]!, places[sides[at + 1]!]!] as const;
  });
}

const allOf = (boxes: Boxes) => Array.from({ length: boxes.count }, (_, box) => boxAt(boxes, box));

const dominated = (points: Points, place: readonly number[]): boolean =>
  points.some((point) => point.every((cost, k) => cost <= place[k]!));

it("covers each place that is not dominated once, and no other", () => {
  fc.assert(
    fc.property(sets, fc.infiniteStream(fc.double({ min: -4, max: 9, noNaN: true })), (set, stream) => {
      const { points, reference } = set;
      const boxes = allOf(nonDominatedBoxes(points, reference));
      for (let i = 0; i < 60; i++) {
        const place = reference.map(() => stream.next().value!);
        const isFree = place.every((cost, k) => cost < reference[k]!) && !dominated(points, place);
        const count = boxes.filter((box) =>
          box.every(([low, high], k) => low <= place[k]! && place[k]! < high),
        );
        expect(count).toHaveLength(isFree ? 1 : 0);
      }
    }),
  );
});

it("leaves what the hypervolume has not", () => {
  fc.assert(
    fc.property(sets, ({ points, reference }) => {
      // Below all points every place is free, so that the boxes can be cut off there.
      const floor = -4;
      const volume = allOf(nonDominatedBoxes(points, reference))
        .map((box) => box.reduce((product, [low, high]) => product * (high - Math.max(low, floor)), 1))
        .reduce((sum, one) => sum + one, 0);
      const whole = reference.reduce((product, bound) => product * (bound - floor), 1);
      expect(volume).toBeCloseTo(whole - hypervolume(points, reference), 6);
    }),
  );
});

it("has n + 1 boxes for a front of n points in two dimensions, and at most 2 n + 1 in three", () => {
  const points = Array.from({ length: 40 }, (_, i) => [i, 40 - i]);
  expect(nonDominatedBoxes(points, [50, 50]).count).toBe(41);
  fc.assert(
    fc.property(sets, ({ points: some, reference }) => {
      const { count } = nonDominatedBoxes(some, reference);
      expect(count).toBeLessThanOrEqual((reference.length - 1) * some.length + 1);
    }),
  );
  expect(nonDominatedBoxes([], [1, 1, 1])).toMatchObject({ count: 1 });
});
