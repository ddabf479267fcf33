import { BelayError, didYouMean, show } from "../core/error.ts";
import type { Registry } from "../core/search/registry.ts";
import { formatSpec } from "../core/search/spec.ts";
import { SPLIT_ORDERS, type SplitOrder } from "../core/search/split-order.ts";
import type { Setting } from "../core/setting.ts";
import type { StudyManifest } from "../core/study.ts";
import { BACKEND_CHOICES, type BackendChoice } from "../core/study.ts";
import type { Json } from "../core/trial.ts";
import { parseDuration, parseSize } from "../core/units.ts";
import { pruners } from "../pruner/registry.ts";
import { DEFAULT_SAMPLER, samplers } from "../sampler/registry.ts";
import { readWorkers, type Workers } from "../scheduler/workers.ts";
import { readStopRules } from "../stop-rule/registry.ts";
import type { Recycle } from "../worker/engine.ts";
import { SETTING_OPTIONS } from "./setting-options.ts";
import { readAddress } from "./webhook/address.ts";

/** What a trial runs in. */
export const ISOLATIONS = ["process", "thread"] as const;
/** What recorded splits survive. */
export const DURABILITIES = ["full", "normal"] as const;

/** The settings of a run, wherever they come from. null: no limit, or a default that depends on the machine. */
export interface Settings {
  readonly trials: number;
  readonly studyTimeoutMs: number | null;
  readonly target: number | null;
  /** The stop rules, each as the text of a spec. */
  readonly stop: readonly string[];
  readonly workers: Workers;
  readonly seed: number;
  readonly sampler: string;
  readonly pruner: string;
  readonly splitOrder: SplitOrder;
  readonly trialTimeoutMs: number;
  /** `auto`: the limit follows from the study's own splits. */
  readonly splitTimeoutMs: number | "auto" | null;
  readonly setupTimeoutMs: number;
  readonly graceMs: number;
  readonly memoryBytes: number | null;
  readonly reserveBytes: number | null;
  readonly backend: BackendChoice;
  readonly isolation: "process" | "thread";
  readonly recycle: Recycle;
  readonly maxAttempts: number;
  readonly durability: "full" | "normal";
  readonly breaker: boolean;
  readonly admission: boolean;
  /** Percent of processor time that other programs take: high, medium, low. Only `--workers auto` uses them. */
  readonly cpuThresholds: readonly number[];
  /** Percent of memory in use: high, medium, low. Only `--workers auto` uses them. */
  readonly memoryThresholds: readonly number[];
  /** The lag of a deterministic run; null = not deterministic. */
  readonly deterministic: number | null;
  /** Where the end of the run and trouble in it are told. It may hold a secret, so it is never recorded. */
  readonly webhook: string | null;
}

type Key = keyof Settings;

/** One setting: how its text is read, and its default. */
interface Definition {
  readonly read: (option: string, value: unknown) => Json;
  readonly standard: () => Json;
  /** Whether the option may be repeated: then it is read with all that was given. */
  readonly isList?: boolean;
  /** Whether it holds for one run only and is recorded nowhere. */
  readonly isSecret?: boolean;
}

const duration = (option: string, value: unknown): number => parseDuration(option, value);
const size = (option: string, value: unknown): number => parseSize(option, value);

/** The defaults of `--setup-timeout` and `--grace`. */
export const SETUP_TIMEOUT_MS = 10 * 60_000;
export const GRACE_MS = 1_000;

/** The settings `pruner` and `splitOrder` while nobody has chosen one and the splits are not known yet: see `decidePruner`. */
export const UNDECIDED = "auto";

const SETTINGS: Readonly<Record<Key, Definition>> = {
  trials: { read: whole(1), standard: () => 100 },
  workers: { read: readWorkers, standard: () => "auto" },
  sampler: { read: specText(samplers), standard: () => DEFAULT_SAMPLER },
  pruner: { read: specText(pruners), standard: () => UNDECIDED },
  splitOrder: { read: oneOf(SPLIT_ORDERS), standard: () => UNDECIDED },
  seed: { read: whole(0), standard: () => Math.floor(Math.random() * 2 ** 31) },
  studyTimeoutMs: { read: duration, standard: () => null },
  target: { read: number, standard: () => null },
  stop: { read: readStop, standard: () => [], isList: true },
  trialTimeoutMs: { read: duration, standard: () => 30 * 60_000 },
  splitTimeoutMs: { read: durationOrAuto, standard: () => null },
  setupTimeoutMs: { read: duration, standard: () => SETUP_TIMEOUT_MS },
  graceMs: { read: duration, standard: () => GRACE_MS },
  memoryBytes: { read: size, standard: () => null },
  reserveBytes: { read: size, standard: () => null },
  backend: { read: oneOf(BACKEND_CHOICES), standard: () => "auto" },
  isolation: { read: oneOf(ISOLATIONS), standard: () => "process" },
  recycle: { read: recycle, standard: () => "clean" },
  maxAttempts: { read: whole(1), standard: () => 3 },
  durability: { read: oneOf(DURABILITIES), standard: () => "full" },
  breaker: { read: onOff, standard: () => true },
  admission: { read: onOff, standard: () => true },
  cpuThresholds: { read: thresholds, standard: () => [80, 60, 30] },
  memoryThresholds: { read: thresholds, standard: () => [85, 70, 50] },
  deterministic: { read: lag, standard: () => null },
  webhook: { read: readAddress, standard: () => null, isSecret: true },
};

const DEFAULT_LAG = 8;

/** The settings that a request asks for; the others come from elsewhere. */
export type GivenSettings = Readonly<Partial<Record<Key, Json>>>;

/** All settings, and those that may be recorded with the source of each. */
export interface ResolvedSettings {
  readonly settings: Settings;
  readonly sources: Readonly<Record<string, Setting>>;
}

/**
 * Reads the settings among typed options, before anything is started.
 *
 * @param given - The typed values by the names of their options, without `--`.
 * @throws BelayError `usage`: a value that cannot be read, or an option that was given twice.
 */
export function readOptions(given: Readonly<Record<string, unknown>>): GivenSettings {
  const read: Partial<Record<Key, Json>> = {};
  for (const [key, { read: parse, isList }] of entries()) {
    const option = SETTING_OPTIONS[key];
    const value = given[option];
    if (value === undefined) continue;
    if (Array.isArray(value) && !isList)
      throw new BelayError("usage", `--${option}: expected it once, got it ${value.length} times`);
    read[key] = parse(`--${option}`, value);
  }
  return read;
}

/**
 * Decides every setting. The first source that has it wins: the command line, what was recorded at launch, the study file,
 * the environment (`BELAY_TRIAL_TIMEOUT` ...), the defaults.
 */
export function resolveSettings(
  options: GivenSettings,
  manifest: StudyManifest,
  environment: NodeJS.ProcessEnv,
  recorded: Readonly<Record<string, Setting>> = {},
): ResolvedSettings {
  const fromFile = fileSettings(manifest);
  const sources: Record<string, Setting> = {};
  for (const [key, { read, standard }] of entries()) {
    const variable = `BELAY_${SETTING_OPTIONS[key].toUpperCase().replaceAll("-", "_")}`;
    const text = environment[variable];
    if (options[key] !== undefined) sources[key] = { value: options[key], source: "command line" };
    else if (recorded[key] !== undefined) sources[key] = recorded[key];
    else if (fromFile[key] !== undefined) sources[key] = { value: fromFile[key], source: "study file" };
    else if (text) sources[key] = { value: read(variable, text), source: "environment" };
    else sources[key] = { value: standard(), source: "default" };
  }
  const settings = Object.fromEntries(Object.entries(sources).map(([key, { value }]) => [key, value]));
  const open = Object.entries(sources).filter(([key]) => SETTINGS[key as Key].isSecret !== true);
  return { settings: settings as unknown as Settings, sources: Object.fromEntries(open) };
}

function fileSettings({
  limits,
  backend,
  sampler,
  pruner,
  splitOrder,
  stop,
  trials,
}: StudyManifest): Partial<Record<Key, Json>> {
  const proposed = { ...limits, backend, sampler, pruner, splitOrder, stop, trials };
  return Object.fromEntries(
    Object.entries(proposed).filter(([, value]) => value !== null && value !== undefined),
  );
}

function entries(): [Key, Definition][] {
  return Object.entries(SETTINGS) as [Key, Definition][];
}

/** Reads a spec such as `tpe(startupTrials=20)`, and checks it by making the sampler or pruner. */
function specText<Made>(known: Registry<Made>) {
  return (option: string, value: unknown): string => {
    known.make(option, String(value));
    return formatSpec(known.read(option, String(value)));
  };
}

/** One text or several: each a list of stop rules, or `none`. */
function readStop(option: string, value: unknown): string[] {
  return readStopRules(option, (Array.isArray(value) ? value : [value]).map(String));
}

function number(option: string, value: unknown): number {
  const read = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
  if (Number.isFinite(read)) return read;
  throw new BelayError("usage", `${option}: expected a number, got ${show(value)}`);
}

function whole(low: number, high = Number.MAX_SAFE_INTEGER) {
  return (option: string, value: unknown): number => {
    const read = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
    if (Number.isSafeInteger(read) && read >= low && read <= high) return read;
    const range = high === Number.MAX_SAFE_INTEGER ? `of at least ${low}` : `from ${low} to ${high}`;
    throw new BelayError("usage", `${option}: expected a whole number ${range}, got ${show(value)}`);
  };
}

function oneOf(choices: readonly string[]) {
  return (option: string, value: unknown): string => {
    if (choices.includes(String(value))) return String(value);
    const hint = didYouMean(String(value), choices);
    throw new BelayError(
      "usage",
      `${option}: expected one of ${choices.join(", ")}, got ${show(value)}${hint}`,
    );
  };
}

function durationOrAuto(option: string, value: unknown): number | "auto" {
  return value === "auto" ? "auto" : duration(option, value);
}

function onOff(option: string, value: unknown): boolean {
  return oneOf(["on", "off"])(option, value) === "on";
}

/** Reads three percentages such as `80,60,30`, high first. */
function thresholds(option: string, value: unknown): number[] {
  const read = String(value)
    .split(",")
    .map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [high = 0, medium = 0, low = 0] = read;
  if (read.length === 3 && high <= 100 && high > medium && medium > low && low >= 0) return read;
  throw new BelayError(
    "usage",
    `${option}: expected three percentages, high first, such as 80,60,30, got ${show(value)}`,
  );
}

/** The fixed time limit of a split; null when there is none, or when it is `auto`. */
export function fixedSplitTimeout({ splitTimeoutMs }: Settings): number | null {
  return splitTimeoutMs === "auto" ? null : splitTimeoutMs;
}

/** Reads the lag; `--deterministic` alone means the default one. */
function lag(option: string, value: unknown): number {
  return value === "" || value === true || value === "true" ? DEFAULT_LAG : whole(1, 1_000)(option, value);
}

function recycle(option: string, value: unknown): string | number {
  if (value === "clean" || value === "always") return value;
  const count = Number(value);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new BelayError(
    "usage",
    `${option}: expected clean, always or a number of trials, got ${show(value)}`,
  );
}
