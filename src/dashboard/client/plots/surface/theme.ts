import type { Reason, TrialState } from "../../../../core/trial.ts";
import type { Mark } from "./surface.ts";

/** The colours that pictures are drawn in. */
export interface Theme {
  readonly isDark: boolean;
  readonly panel: string;
  readonly ink: string;
  readonly soft: string;
  readonly line: string;
  readonly best: string;
  readonly brush: string;
  readonly states: Readonly<Record<TrialState, string>>;
  readonly series: readonly string[];
  /** From the best to the worst rank, `RANKS` of them as red, green and blue. */
  readonly ranks: readonly (readonly [number, number, number])[];
}

/** How many colours ranks are told apart by. */
export const RANKS = 16;

/**
 * Stops from the best rank to the worst: the lightness changes evenly from one to the next, so that every colour vision
 * and a grey print show the same order, and the best stands out from its background.
 */
const LIGHT_STOPS = [
  [0x0b, 0x1d, 0x51],
  [0x1f, 0x4e, 0x8c],
  [0x3f, 0x7f, 0xb5],
  [0x7f, 0xab, 0xcf],
  [0xb3, 0xca, 0xdd],
  [0xd3, 0xdc, 0xe5],
] as const;
const DARK_STOPS = [
  [0xf4, 0xfb, 0xff],
  [0xb8, 0xe0, 0xf7],
  [0x7c, 0xbb, 0xe0],
  [0x4d, 0x8f, 0xb8],
  [0x36, 0x66, 0x85],
  [0x2d, 0x47, 0x5b],
] as const;

/** The variables of the style sheet with the colours of a page that has none. */
const FALLBACK: Readonly<Record<string, string>> = {
  "--panel": "#ffffff",
  "--ink": "#1b1f24",
  "--ink-soft": "#565d66",
  "--line": "#d9d9d3",
  "--best": "#d55e00",
  "--brush": "rgb(31 95 139 / 18%)",
  "--state-complete": "#0072b2",
  "--state-pruned": "#8a6d00",
  "--state-fail": "#b8410b",
  "--state-running": "#00795a",
  "--state-waiting": "#6b7178",
  "--series-1": "#0072b2",
  "--series-2": "#d55e00",
  "--series-3": "#009e73",
  "--series-4": "#cc79a7",
  "--series-5": "#e69f00",
  "--series-6": "#56b4e9",
  "--series-7": "#b8a800",
  "--series-8": "#1b1f24",
};

/**
 * The colours of a page.
 *
 * @param variable - The text of a variable of its style sheet, empty if there is none. @default a light page
 */
export function themeOf(variable: (name: string) => string = () => ""): Theme {
  const read = (name: string): string => variable(name).trim() || FALLBACK[name]!;
  const ink = read("--ink");
  const isDark = lightness(ink) > 0.5;
  return {
    isDark,
    panel: read("--panel"),
    ink,
    soft: read("--ink-soft"),
    line: read("--line"),
    best: read("--best"),
    brush: read("--brush"),
    states: {
      complete: read("--state-complete"),
      pruned: read("--state-pruned"),
      fail: read("--state-fail"),
      running: read("--state-running"),
      waiting: read("--state-waiting"),
    },
    series: [1, 2, 3, 4, 5, 6, 7, 8].map((k) => read(`--series-${k}`)),
    ranks: rampOf(isDark ? DARK_STOPS : LIGHT_STOPS),
  };
}

function rampOf(stops: readonly (readonly [number, number, number])[]): Theme["ranks"] {
  return Array.from({ length: RANKS }, (_, i) => {
    const at = (i / (RANKS - 1)) * (stops.length - 1);
    const k = Math.min(Math.floor(at), stops.length - 2);
    const mix = (c: 0 | 1 | 2): number =>
      Math.round(stops[k]![c] * (1 - (at - k)) + stops[k + 1]![c] * (at - k));
    return [mix(0), mix(1), mix(2)] as const;
  });
}

/** Red, green and blue of a colour that a style sheet has as `#rrggbb`, `#rgb` or `rgb(r g b)`; grey if it is another. */
export function rgbOf(color: string): readonly [number, number, number] {
  const long =
    /^#([0-9a-f]{6})/i.exec(color)?.[1] ?? /^#([0-9a-f]{3})$/i.exec(color)?.[1]?.replace(/./g, "$&$&");
  if (long) {
    const [r, g, b] = [0, 2, 4].map((at) => Number.parseInt(long.slice(at, at + 2), 16));
    return [r!, g!, b!];
  }
  const [r, g, b] = color.match(/[\d.]+/g)?.map(Number) ?? [];
  return color.startsWith("rgb") && b !== undefined ? [r!, g!, b] : [128, 128, 128];
}

/** How light a colour is: 0 to 1. */
function lightness(color: string): number {
  const [r, g, b] = rgbOf(color);
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}

/** The colour of a rank as a style has it. @param rank - The class of a rank, 0 to `RANKS` - 1. */
export function rankColor({ ranks }: Theme, rank: number): string {
  const [r, g, b] = ranks[Math.min(RANKS - 1, Math.max(0, rank))]!;
  return `rgb(${r},${g},${b})`;
}

/** The mark and the colour of each reason; no two have both in common. */
const REASONS: Readonly<Record<Reason, readonly [mark: Mark, series: number]>> = {
  pruner: ["triangle", 4],
  "split-timeout": ["diamond", 4],
  "trial-timeout": ["square", 4],
  "memory-limit": ["square", 1],
  "memory-reserve": ["diamond", 1],
  "not-finite": ["ring", 3],
  error: ["cross", 7],
  exit: ["plus", 7],
  heap: ["cross", 1],
  crash: ["cross", 3],
  setup: ["plus", 3],
  stopped: ["tick", 7],
  interrupted: ["plus", 0],
};

/** The mark of a reason. An unknown one has the mark of errors. */
export function reasonMark(reason: string): Mark {
  return (REASONS[reason as Reason] ?? REASONS.error)[0];
}

/** The colour of a reason. */
export function reasonColor(theme: Theme, reason: string): string {
  return theme.series[(REASONS[reason as Reason] ?? REASONS.error)[1]]!;
}

/** The dashes of the lines of a plot, so that colour is not all that tells them apart. */
export const DASHES: readonly (readonly number[])[] = [
  [],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [1, 3],
  [10, 4],
  [4, 2, 1, 2],
  [12, 3, 3, 3],
];
