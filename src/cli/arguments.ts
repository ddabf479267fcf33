import type { ArgumentsCamelCase } from "yargs";
import { BelayError, didYouMean, show } from "../core/error.ts";
import { parseDuration } from "../core/units.ts";
import type { ControlRequest, Order } from "../launch/control.ts";
import { FORMATS, type Format } from "../report/format.ts";
import type { TrialOptions } from "../report/query/selection.ts";
import { databaseFile } from "./database.ts";
import type { RunView } from "./terminal/run/run-output.ts";

/** Reads typed values: each function reads one value of `argv`, and says what is expected if it is wrong. */

/** A whole number of at least 0. @throws BelayError `usage`. */
export function naturalNumber(option: string, value: unknown): number {
  return wholeFrom(0, "a whole number of at least 0", option, value);
}

/** A number of trials. @throws BelayError `usage`. */
export function count(option: string, value: unknown): number {
  return wholeFrom(1, "a whole number of at least 1", option, value);
}

/** The number of a trial. @throws BelayError `usage`. */
export function trialNumber(value: unknown): number {
  return wholeFrom(0, "a trial's number", "number", value);
}

/** Names that are separated by commas. @throws BelayError `usage` when there is none. */
export function names(option: string, value: unknown): string[] {
  const parts = String(value)
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  if (parts.length > 0) return parts;
  throw new BelayError("usage", `${option}: expected one name or several with commas, got ${show(value)}`);
}

/** Numbers that are separated by commas. @throws BelayError `usage`. */
export function numbers(option: string, value: unknown): number[] {
  const parts = String(value).split(",");
  const read = parts.map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (read.every(Number.isFinite)) return read;
  throw new BelayError("usage", `${option}: expected numbers with commas, got ${show(value)}`);
}

/** The format that `--json` or `--format` asks for. @throws BelayError `usage` that offers the nearest one. */
export function formatOf(argv: ArgumentsCamelCase): Format {
  if (argv.json) return "json";
  const format = String(argv.format ?? "table");
  if ((FORMATS as readonly string[]).includes(format)) return format as Format;
  throw new BelayError(
    "usage",
    `--format: expected one of ${FORMATS.join(", ")}, got ${show(format)}${didYouMean(format, FORMATS)}`,
  );
}

/** Which trials a report is about. @throws BelayError `usage`. */
export function trialOptions(argv: ArgumentsCamelCase): TrialOptions {
  return {
    ...given("state", optional(names, "--state", argv.state)),
    ...given("reason", optional(names, "--reason", argv.reason)),
    ...given("where", optionalText(argv.where)),
  };
}

/** An order for a running study. @throws BelayError `usage`. */
export function orderRequest(argv: ArgumentsCamelCase, order: Order): ControlRequest {
  const waitMs = optional(parseDuration, "--timeout", argv.timeout);
  return { db: databaseFile(argv), study: String(argv.study), order, waitMs };
}

/** How a run is shown and logged. */
export function runView(argv: ArgumentsCamelCase): RunView {
  return {
    db: databaseFile(argv),
    json: argv.json === true,
    quiet: argv.quiet === true,
    color: argv.color !== false,
    log: optionalText(argv.log),
    logLevel: String(argv["log-level"]),
    dashboard:
      argv.dashboard === true || argv["dashboard-port"] !== undefined
        ? { port: optional(port, "--dashboard-port", argv["dashboard-port"]) ?? null }
        : null,
  };
}

/** A port to listen on. @throws BelayError `usage`. */
export function port(option: string, value: unknown): number {
  const number = /^\d{1,5}$/.test(String(value)) ? Number(value) : Number.NaN;
  if (number <= 65_535) return number;
  throw new BelayError("usage", `${option}: expected a number from 0 to 65535, got ${show(value)}`);
}

/** A text that may be absent. */
export function optionalText(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** Reads a value that may be absent. */
export function optional<T>(
  read: (option: string, value: unknown) => T,
  option: string,
  value: unknown,
): T | undefined {
  return value === undefined ? undefined : read(option, value);
}

/** An object with the value if it was given, and an empty one otherwise. */
export function given<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Partial<Record<K, T>>);
}

/** The command that was typed, for advice that repeats it; without the webhook, which may hold a secret. */
export function typedWords(): string[] {
  const words = process.argv.slice(2);
  return words.filter(
    (word, i) => word !== "--webhook" && !word.startsWith("--webhook=") && words[i - 1] !== "--webhook",
  );
}

function wholeFrom(low: number, expected: string, option: string, value: unknown): number {
  const read = String(value).trim() === "" ? Number.NaN : Number(value);
  if (Number.isSafeInteger(read) && read >= low) return read;
  throw new BelayError("usage", `${option}: expected ${expected}, got ${show(value)}`);
}
