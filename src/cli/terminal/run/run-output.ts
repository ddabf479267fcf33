import type { Logger } from "pino";
import type { Audience, RunEvent } from "../../../launch/events.ts";
import type { RunSummary } from "../../../launch/summary.ts";
import { controlBySignals } from "../../signals.ts";
import { print, printToStderr } from "../output.ts";
import { logEvent, openLog } from "./log.ts";
import { progress } from "./progress.ts";
import { runDashboard } from "./run-dashboard.ts";
import { exitCodeOf, summaryText } from "./summary-text.ts";

/** How people see a run. */
export interface RunView {
  /** The database; the log is beside it. */
  readonly db: string;
  /** Whether the summary is printed as JSON. */
  readonly json: boolean;
  /** Whether progress is not shown. */
  readonly quiet: boolean;
  readonly color: boolean;
  /** Where the log goes; undefined: beside the database; `-`: stderr. */
  readonly log: string | undefined;
  readonly logLevel: string;
  /** Whether the run has a dashboard beside it, and on which port; null as its port: any. */
  readonly dashboard: { readonly port: number | null } | null;
}

/** Runs a study and shows it on the terminal and in the log; sets the exit code at the end. */
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
function openRunOutput({ db, quiet, color, log: logFile, logLevel, dashboard: asked }: RunView) {
  const shown = progress({
    stream: process.stderr,
    quiet: quiet || logFile === "-", // the log on stderr has the same events
    color: color && !process.env.NO_COLOR,
    now: () => performance.now(),
  });
  let opened: Logger | null = null;
  // The log is opened at the first event, so that a database which cannot be used leaves no log.
  const openedLog = (): Logger => {
    opened ??= openLog(logFile, logLevel, db, shown.note);
    return opened;
  };
  const signals = controlBySignals({
    say(text) {
      shown.end();
      printToStderr(text);
    },
    listen,
  });

  const dashboard = asked && runDashboard(db, asked.port, quiet ? printToStderr : shown.note);

  function listen(event: RunEvent): void {
    const log = openedLog();
    if (event.kind === "ready") {
      signals.begin();
      dashboard?.start();
    }
    logEvent(log, event);
    shown.show(event);
  }

  return {
    control: signals.control,
    listen,
    /** Logs an error that people see as one line, at level debug with its stack trace. */
    failed(error: unknown): void {
      const message = error instanceof Error ? error.message : String(error);
      shown.end();
      if (opened?.isLevelEnabled("debug")) opened.error({ err: error }, message);
      else opened?.error(message);
    },
    close(): void {
      signals.remove();
      dashboard?.end();
    },
  };
}
