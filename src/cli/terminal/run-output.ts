import type { Logger } from "pino";
import type { ArgumentsCamelCase } from "yargs";
import { formatSpan, formatValue } from "../../core/units.ts";
import type { PreparedRun, PrepareOptions } from "../../launch/prepare.ts";
import type { Best } from "../../report/best.ts";
import { noBest } from "../../report/losses.ts";
import type { Workers } from "../../scheduler/workers.ts";
import { commandOn } from "../../store/command-line.ts";
import type { StudyEnd } from "../../store/records.ts";
import { reading } from "../database.ts";
import { exitOnSignals } from "../signals.ts";
import { logEvent, openLog } from "./log.ts";
import { noBestText } from "./no-best-text.ts";
import { complain, print } from "./output.ts";
import { type Progress, progress } from "./progress.ts";

/** What a run came to, as `--json` prints it. */
export interface RunSummary extends Best {
  readonly study: string;
  readonly state: StudyEnd;
  readonly trials: {
    readonly complete: number;
    readonly pruned: number;
    readonly fail: number;
    readonly waiting: number;
    readonly running: number;
  };
  readonly durationMs: number;
  readonly db: string;
}

/** Where a run shows itself. */
export interface RunOutput {
  readonly json: boolean;
  readonly log: Logger;
  readonly shown: Progress;
  readonly prepare: Pick<PrepareOptions, "note" | "stage" | "onOutput" | "onBrake">;
  /** The study is about to run: from here on signals are the run's to hear. */
  intro(prepared: PreparedRun): void;
  /** Keeps in the log what people see as one line, at level debug with its stack traces; returns it, to be thrown. */
  failed(error: unknown): unknown;
}

/** Opens the log and the progress of a run. */
export function openRunOutput(argv: ArgumentsCamelCase, db: string): RunOutput {
  const log = openLog(argv.log as string | undefined, String(argv["log-level"]), db, (text) =>
    shown.note(text),
  );
  const color = argv.color !== false && !process.env.NO_COLOR;
  const shown = progress({
    stream: process.stderr,
    quiet: argv.quiet === true || argv.log === "-", // the lines of the log tell the same
    color,
    now: () => performance.now(),
  });
  const note = (text: string): void => {
    log.info(text);
    shown.note(text);
  };
  const signals = exitOnSignals((text) => {
    shown.end();
    complain(text);
  });
  const failed = (error: unknown): unknown => {
    const message = error instanceof Error ? error.message : String(error);
    signals.remove();
    shown.end();
    if (log.isLevelEnabled("debug")) log.error({ err: error }, message);
    else log.error(message);
    return error;
  };
  return {
    json: argv.json === true,
    log,
    shown,
    failed,
    prepare: {
      note,
      stage: shown.stage,
      onOutput: (text, number) => log.info(number === null ? {} : { trial: number }, text),
      onBrake: (on, availableBytes, reserveBytes) => {
        const event = { kind: "brake", on, availableBytes, reserveBytes } as const;
        shown.hear(event);
        logEvent(log, event);
      },
    },
    intro({ manifest, settings, backend, ready, workers }) {
      signals.remove();
      const where = backend ? `, backend ${backend.backend}` : "";
      const splits = ready.splitCount === 1 ? "1 split" : `${ready.splitCount} splits`;
      note(
        `study ${manifest.name}: ${splits}, ${workersText(settings.workers, workers)}, sampler ${settings.sampler}, pruner ${settings.pruner}, seed ${settings.seed}${where}`,
      );
    },
  };
}

function workersText(asked: Workers, most: number): string {
  const count = `${most} worker${most === 1 ? "" : "s"}`;
  return typeof asked === "number" ? count : `up to ${count} (${asked})`;
}

const EXIT: Readonly<Record<RunSummary["state"], number>> = {
  finished: 0,
  target: 0,
  timeout: 0,
  exhausted: 0,
  breaker: 1,
  stopped: 130,
};

/** Prints what a run came to, and sets the exit code: a run in which nothing ever completed has not worked. */
export function finish(summary: RunSummary, { json }: RunOutput): void {
  const code = EXIT[summary.state];
  process.exitCode = code === 0 && summary.trials.complete === 0 ? 1 : code;
  print(json ? JSON.stringify(summary) : describeSummary(summary));
}

function describeSummary({ study, state, trials, best, front, durationMs, db }: RunSummary): string {
  const command = (...words: string[]): string => `\`${commandOn(db, ...words)}\``;
  const counts = Object.entries(trials).filter(([, count]) => count > 0);
  const lines = [
    `${study}: ${state} after ${formatSpan(durationMs)}: ${counts.map(([name, count]) => `${count} ${name}`).join(", ") || "no trials"}`,
  ];
  if (best)
    lines.push(
      `best: trial ${best.number}, value ${formatValue(best.value)}, params ${JSON.stringify(best.params)}`,
    );
  else if (front?.length) lines.push(`Pareto front: ${front.length} trials (${command("best", study)})`);
  else {
    const { lacks, text } = noBestText(
      db,
      study,
      reading(db, (file) => noBest(file, study)),
    );
    lines.push(`no trial is ${lacks}: ${text}`);
  }
  if (state === "breaker") lines.push(`${command("resume", study, "--breaker", "off")} goes on regardless`);
  // A study that has reached its target would end again at once, whatever waits.
  else if (state === "stopped" || (trials.waiting > 0 && state !== "target"))
    lines.push(`${command("resume", study)} goes on`);
  return lines.join("\n");
}
