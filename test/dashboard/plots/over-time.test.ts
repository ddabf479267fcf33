import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  leakSentence,
  machinePicture,
  memoryPicture,
} from "../../../src/dashboard/client/plots/pictures/memory.ts";
import { toSvg } from "../../../src/dashboard/client/plots/pictures/output.ts";
import {
  type TimelineInput,
  timelinePicture,
} from "../../../src/dashboard/client/plots/pictures/timeline.ts";
import { svgSurface } from "../../../src/dashboard/client/plots/surface/svg.ts";
import { themeOf } from "../../../src/dashboard/client/plots/surface/theme.ts";

const NOW = Date.UTC(2026, 10, 29, 12);
const MINUTE = 60_000;
const BOX = { x: 0, y: 0, width: 800, height: 400 };
const draw = (picture: ReturnType<typeof timelinePicture>) =>
  picture.draw(svgSurface(800, 400), BOX, themeOf());

/** An attempt: its trial, its slot, and from which to which minute it ran; null: it still runs. */
type Span = readonly [
  trial: number,
  slot: number,
  from: number,
  to: number | null,
  reason?: string | undefined,
];

function timelineOf(spans: readonly Span[], more: Partial<TimelineInput> = {}): TimelineInput {
  const states = ["running", "complete", "pruned"];
  const reasons = ["memory-limit", "pruner"];
  return {
    attempts: {
      numbers: spans.map(([trial]) => trial),
      slots: spans.map(([, slot]) => slot),
      starts: spans.map(([, , from]) => NOW + from * MINUTE),
      ends: spans.map(([, , , to]) => (to === null ? Number.NaN : NOW + to * MINUTE)),
      states: {
        cells: Uint8Array.from(spans, ([, , , to, reason]) => (to === null ? 0 : reason ? 2 : 1)),
        words: states,
      },
      reasons: {
        cells: Uint8Array.from(spans, ([, , , , reason]) => (reason ? reasons.indexOf(reason) : 255)),
        words: reasons,
      },
    },
    ...{
      nowMs: NOW + 10 * MINUTE,
      lanes: "slots",
      isShown: () => true,
      range: null,
      zoom: () => {},
      ...more,
    },
  };
}

describe("the timeline", () => {
  const spans: readonly Span[] = [
    [0, 0, 0, 5],
    [1, 1, 0, 4, "memory-limit"],
    [2, 1, 5, null],
  ];

  test("says how busy the slots were, and what most time was lost to", () => {
    const picture = timelinePicture(timelineOf(spans));
    expect(picture.summary).toBe(
      "3 attempts in 2 slots over 10 m 0 s; slots were busy 70 % of that time. Most time was lost to memory-limit: 29 %.",
    );
    expect(picture.legend.map(({ label }) => label)).toEqual(["complete", "memory-limit", "running"]);
    expect(picture.table().rows.map((row) => row.at(-1))).toEqual(["complete", "memory-limit", "running"]);
  });

  test("finds the attempt that is pointed at, in both kinds of lanes", () => {
    for (const lanes of ["slots", "trials"] as const) {
      const [panel] = draw(timelinePicture(timelineOf(spans, { lanes })));
      for (const item of [0, 1, 2]) {
        const { x, y, trial } = panel!.hit(item);
        expect(trial).toBe(item);
        expect(panel!.find(x, y)).toBe(item);
      }
    }
  });

  test("shows a part of the time that was dragged, and only trials that are shown", () => {
    const zooms: unknown[] = [];
    const [panel] = draw(timelinePicture(timelineOf(spans, { zoom: (range) => zooms.push(range) })));
    panel!.brush!.done({ x: [0, 1], y: [0, 1] });
    panel!.brush!.done(null);
    const [range, none] = zooms as [[number, number], null];
    expect(range[0]).toBeLessThan(NOW);
    expect(range[1]).toBeGreaterThan(NOW + 10 * MINUTE);
    expect(none).toBeNull();
    const picture = timelinePicture(timelineOf(spans, { isShown: (number) => number === 2 }));
    expect(picture.summary).toContain("1 attempt in 1 slot");
  });

  test("is drawn from nothing, from many attempts, and from attempts of no length", () => {
    expect(timelinePicture(timelineOf([])).summary).toContain("No attempt");
    const many = Array.from(
      { length: 6_000 },
      (_, k): Span => [k, k % 4, k, k + 1, k % 9 === 0 ? "memory-limit" : undefined],
    );
    for (const lanes of ["slots", "trials"] as const)
      expect(toSvg(timelinePicture(timelineOf(many, { lanes })))).toContain("data:image/png");
    expect(toSvg(timelinePicture(timelineOf([[0, -1, 0, 0]])))).not.toMatch(/NaN|Infinity/);
  });
});

const leak = {
  ...{ verdict: "leaking" as const, bytesPerTrial: 2.5e6, low: 1e6, high: 4e6, pValue: 1e-4, count: 40 },
  ...{ trialsToLimit: 120, suspects: [{ what: "native" as const, perTrial: 2e6 }] },
};

describe("memory over time", () => {
  const input = {
    slots: {
      atMs: [NOW, NOW + MINUTE, NOW],
      slot: [0, 0, 1],
      minBytes: [1e8, 2e8, 1e8],
      maxBytes: [3e8, 4e8, 9e8],
      limitBytes: [1e9, 1e9, 1e9],
    },
    machine: { atMs: [NOW, NOW + MINUTE], availableBytes: [8e9, 7e9], hostsBytes: [1e9, 2e9] },
    marks: {
      reserveBytes: 1e9,
      marks: [
        {
          atMs: NOW + 1_000,
          slot: 1,
          trial: 7,
          kind: "kill" as const,
          reason: "memory-limit" as const,
          text: "1.1 GB of 1.0 GB",
        },
        {
          atMs: NOW + 2_000,
          slot: 1,
          trial: null,
          kind: "recycle" as const,
          reason: null,
          text: "a fresh host",
        },
      ],
    },
    ...{ leak, range: null, zoom: () => {} },
  };

  test("has a panel for each slot and the machine, with kills that open their trial", () => {
    const picture = memoryPicture(input);
    const panels = draw(picture);
    expect(panels.map(({ name }) => name)).toEqual(["slot 0", "slot 1", "machine"]);
    const kill = panels[1]!.hit(0);
    expect([kill.trial, kill.lines]).toEqual([7, ["1.1 GB of 1.0 GB"]]);
    expect(panels[1]!.find(kill.x, kill.y)).toBe(0);
    expect(panels[0]!.hit(1).lines).toEqual(["memory 200 MB to 400 MB", "limit 1 GB"]);
    expect(picture.summary).toBe(
      "The most that a slot held was 900 MB. 1 trial ended by a limit or a failure, 1 fresh host. Trials leak memory: 2.5 MB each (1 MB to 4 MB), in native; a host reaches its limit after about 120 more trials.",
    );
    expect(picture.table().rows).toHaveLength(2);
  });

  test("says so where nothing has been recorded", () => {
    const none = { ...input, slots: {}, machine: {}, marks: { reserveBytes: null, marks: [] } };
    expect(memoryPicture(none).summary).toBe("No memory has been recorded in this time.");
    expect(machinePicture({ machine: {}, range: null, zoom: () => {} }).summary).toContain(
      "Nothing has been recorded",
    );
  });

  test("has a sentence for each verdict", () => {
    expect(leakSentence({ ...leak, verdict: "stable" })).toBe("Trials leak no memory, by 40 readings.");
    expect(leakSentence({ ...leak, verdict: "unknown" })).toBe(
      "Whether trials leak memory cannot be told yet.",
    );
  });
});

test("the machine is drawn whatever was recorded", () => {
  const cell = fc.oneof(fc.double({ min: -1e200, max: 1e200 }), fc.constant(Number.POSITIVE_INFINITY));
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }), (rows) => {
      const machine = {
        atMs: rows.map((_, k) => NOW + k * MINUTE),
        cpu: rows.map(([a]) => a),
        trialsPerMinute: rows.map(([, b]) => b),
      };
      const svg = toSvg(machinePicture({ machine, range: null, zoom: () => {} }));
      expect(svg).not.toMatch(/"[^"]*(NaN|Infinity)[^"]*"/);
    }),
  );
});
