import type { Logger } from "pino";
import type { Audience, RunEvent } from "../../launch/events.ts";
import type { RunSummary } from "../../launch/summary.ts";
import { controlBySignals } from "../signals.ts";
import { logEvent, openLog } from "./log.ts";
import { complain, print } from "./output.ts";
import { progress } from "./progress.ts";
import { exitCodeOf, summaryText } from "./summary-text.ts";

/** How people see a run. */
export interface RunView {
  /** The database: the log lies beside it. */
  readonly db: string;
  /** The summary as JSON. */
  readonly json: boolean;
  /** No progress. */
  readonly quiet: boolean;
  readonly color: boolean;
  /** Where the log goes; undefined: beside the database; `-`: stderr. */
  readonly log: string | undefined;
  readonly logLevel: string;
}

/** Runs a study under the eyes of people: on the terminal, in the log, and with an exit code at the end. */
export async function showRun(
  view: RunView,
  run: (audience: Audience) => Promise<RunSummary>,
): Promise<void> {
  const output = openRunOutput(view);
  try {
    const summary = await run(output);
    process.exitCode = exitCodeOf(summary);
    print(view.json ? JSON.stringify(summary) : await summaryText(summary));
  } catch (error) {
    output.failed(error);
    throw error;
  } finally {
    output.close();
  }
}

/** The listeners of a run: its log, its progress, and the signals that reach into it. */
function openRunOutput({ db, quiet, color, log: logFile, logLevel }: RunView) {
  const shown = progress({
    stream: process.stderr,
    quiet: quiet || logFile === "-", // the lines of the log tell the same
    color: color && !process.env.NO_COLOR,
    now: () => performance.now(),
  });
  let opened: Logger | null = null;
  // With the first thing that happens: a database that cannot be used leaves no log.
  const openedLog = (): Logger => {
    opened ??= openLog(logFile, logLevel, db, shown.note);
    return opened;
  };
  const signals = controlBySignals({
    say(text) {
      shown.end();
      complain(text);
    },
    listen,
  });

  function listen(event: RunEvent): void {
    const log = openedLog();
    if (event.kind === "ready") signals.begin();
    logEvent(log, event);
    shown.hear(event);
  }

  return {
    control: signals.control,
    listen,
    /** Keeps in the log what people see as one line, at level debug with its stack traces. */
    failed(error: unknown): void {
      const message = error instanceof Error ? error.message : String(error);
      shown.end();
      if (opened?.isLevelEnabled("debug")) opened.error({ err: error }, message);
      else opened?.error(message);
    },
    close: signals.remove,
  };
}
