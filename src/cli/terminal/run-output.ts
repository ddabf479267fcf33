import type { Logger } from "pino";
import type { ArgumentsCamelCase } from "yargs";
import type { Audience, RunEvent } from "../../launch/events.ts";
import type { RunSummary } from "../../launch/summary.ts";
import { controlBySignals } from "../signals.ts";
import { logEvent, openLog } from "./log.ts";
import { complain, print } from "./output.ts";
import { progress } from "./progress.ts";
import { exitCodeOf, summaryText } from "./summary-text.ts";

/**
 * Runs a study under the eyes of people: on the terminal, in the log, and with an exit code at the end.
 *
 * @param db - The database: the log lies beside it.
 */
export async function showRun(
  argv: ArgumentsCamelCase,
  db: string,
  run: (audience: Audience) => Promise<RunSummary>,
): Promise<void> {
  const output = openRunOutput(argv, db);
  try {
    const summary = await run(output);
    process.exitCode = exitCodeOf(summary);
    print(argv.json === true ? JSON.stringify(summary) : await summaryText(summary));
  } catch (error) {
    output.failed(error);
    throw error;
  } finally {
    output.close();
  }
}

/** The listeners of a run: its log, its progress, and the signals that reach into it. */
function openRunOutput(argv: ArgumentsCamelCase, db: string) {
  const shown = progress({
    stream: process.stderr,
    quiet: argv.quiet === true || argv.log === "-", // the lines of the log tell the same
    color: argv.color !== false && !process.env.NO_COLOR,
    now: () => performance.now(),
  });
  let opened: Logger | null = null;
  // With the first thing that happens: a database that cannot be used leaves no log.
  const openedLog = (): Logger => {
    opened ??= openLog(argv.log as string | undefined, String(argv["log-level"]), db, shown.note);
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
