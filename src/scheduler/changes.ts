import { BelayError, didYouMean, show } from "../core/error.ts";
import { formatSize, parseDuration, parseSize } from "../core/units.ts";
import { readWorkers, type Workers } from "./workers.ts";

/** What `belay set` can change in a running study; absent fields stay as they are, and null removes a limit. */
export interface SettingChanges {
  readonly workers?: Workers;
  readonly trials?: number;
  readonly splitTimeout?: number | "auto" | null;
  readonly trialTimeout?: number | null;
  readonly memory?: number;
  readonly reserve?: number;
  /** The stop rules as a text, which the coordinator parses. */
  readonly stop?: string;
}

const READERS: { readonly [K in keyof SettingChanges]-?: (value: string) => SettingChanges[K] } = {
  workers: (value) => readWorkers("workers", value),
  trials: (value) => whole("trials", value),
  splitTimeout: (value) =>
    value === "auto" ? "auto" : value === "none" ? null : parseDuration("splitTimeout", value),
  trialTimeout: (value) => (value === "none" ? null : parseDuration("trialTimeout", value)),
  memory: (value) => parseSize("memory", value),
  reserve: (value) => parseSize("reserve", value),
  stop: (value) => value,
};

const OPTIONS: { readonly [K in keyof SettingChanges]-?: string } = {
  workers: "--workers",
  trials: "--trials",
  splitTimeout: "--split-timeout",
  trialTimeout: "--trial-timeout",
  memory: "--memory-limit",
  reserve: "--memory-reserve",
  stop: "--stop",
};

/** How much memory a reserve must leave to trials: about what a Node process holds. */
const LEFT_BYTES = 2 ** 26;

/**
 * Refuses a memory reserve so large that no trial could ever start.
 *
 * @param field - The name of the option or setting, for the error.
 * @throws BelayError `usage`.
 */
export function checkReserve(field: string, reserveBytes: number, totalBytes: number): void {
  if (totalBytes <= 0 || reserveBytes <= totalBytes - LEFT_BYTES) return;
  const most = formatSize(Math.max(0, totalBytes - LEFT_BYTES));
  throw new BelayError(
    "usage",
    `${field}: expected at most ${most} (the machine has ${formatSize(totalBytes)} of memory), got ${formatSize(reserveBytes)}, under which no trial would ever start`,
  );
}

/**
 * The same changes as options of `belay resume`. A change to `none` is left out where the option does not accept it.
 */
export function changesAsOptions(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const [key = "", ...rest] = text.split("=");
    const value = rest.join("=");
    return value === "none" && key !== "stop" ? [] : [OPTIONS[key as keyof SettingChanges], value];
  });
}

/** The keys that `belay set` accepts. */
export const CHANGEABLE = Object.keys(READERS) as readonly (keyof SettingChanges)[];

/**
 * Reads the `key=value` arguments of `belay set`.
 *
 * @throws BelayError `usage`: no `=`, a repeated key, an unknown key (the message suggests the nearest), or a wrong
 *   value.
 */
export function readChanges(texts: readonly string[]): SettingChanges {
  const changes: Record<string, unknown> = {};
  for (const text of texts) {
    const [key = "", ...rest] = text.split("=");
    if (rest.length === 0 || rest.join("=") === "")
      throw new BelayError("usage", `set: expected key=value such as workers=2, got ${show(text)}`);
    const read = Object.hasOwn(READERS, key) ? READERS[key as keyof SettingChanges] : null;
    if (!read) {
      const hint = didYouMean(key, CHANGEABLE);
      throw new BelayError("usage", `set: expected one of ${CHANGEABLE.join(", ")}, got ${show(key)}${hint}`);
    }
    if (key in changes) throw new BelayError("usage", `set: expected ${key} once, got it twice`);
    changes[key] = read(rest.join("="));
  }
  return changes as SettingChanges;
}

function whole(key: string, value: string): number {
  const read = value.trim() === "" ? Number.NaN : Number(value);
  if (Number.isSafeInteger(read) && read >= 1) return read;
  throw new BelayError("usage", `${key}: expected a whole number of at least 1, got ${show(value)}`);
}
