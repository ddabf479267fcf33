import { once } from "node:events";
import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError, show } from "../../core/error.ts";
import { isLoopback } from "../../dashboard/http/hosts.ts";
import { startDashboard } from "../../dashboard/server.ts";
import { typedPath } from "../../store/command-line.ts";
import { port } from "../arguments.ts";
import { databaseFile } from "../database.ts";
import { print, printToStderr } from "../terminal/output.ts";
import { belayVersion } from "../version.ts";

/** The port of the dashboard, unless another one is asked for. */
const DEFAULT_PORT = "4100";

/** A page that shows the studies of a database. */
export const dashboardCommand = {
  command: "dashboard",
  describe: "a page in the browser that shows the studies of a database, also while they run",
  builder: (yargs: Argv) =>
    yargs
      .option("port", { type: "string", requiresArg: true, describe: "the port; 0: any that is free [4100]" })
      .option("host", {
        type: "string",
        requiresArg: true,
        describe: "the address to listen on; only this machine reaches the default [127.0.0.1]",
      })
      .option("control", {
        type: "boolean",
        default: false,
        describe: "the page may pause, stop and change studies, not only show them",
      })
      .example("$0 dashboard --port 0", "prints a link to open in a browser"),
  handler: async (argv: ArgumentsCamelCase) => {
    const db = databaseFile(argv);
    const control = argv.control === true;
    const dashboard = await startDashboard({
      ...{
        db,
        control,
        port: port("--port", argv.port ?? DEFAULT_PORT),
        token: ownToken(),
        version: belayVersion(),
      },
      ...(argv.host !== undefined && { host: hostOf(argv.host) }),
      onDefect: (error) =>
        printToStderr(`belay: internal error: ${error instanceof Error ? error.stack : error}`),
    });
    const { url, host, port: at, token } = dashboard;
    if (argv.json) print(JSON.stringify({ url, host, port: at, token, control, db, pid: process.pid }));
    else {
      print(`${typedPath(db)}: ${url}`);
      for (const line of notes(host, at, control)) printToStderr(line);
    }
    const ends = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => once(process, signal));
    // A run that has started it has a channel to it, which closes however the run ends.
    if (process.connected) ends.push(once(process, "disconnect"));
    await Promise.race(ends);
    await dashboard.close();
  },
} satisfies CommandModule;

/** What a person should know about the link. */
function notes(host: string, port: number, control: boolean): string[] {
  const acts = control ? ", and act on studies" : "";
  const lines = ["Ctrl-C ends it; studies go on."];
  if (isLoopback(host)) return lines;
  const means = `--host ${host}: everybody who reaches this address and has the link can look${acts}`;
  lines.push(
    `${means}. Nothing is encrypted: without --host, \`ssh -L ${port}:127.0.0.1:${port} HOST\` reaches it safely.`,
  );
  return lines;
}

/** @throws BelayError `usage`. */
function hostOf(typed: unknown): string {
  const host = String(typed).replace(/^\[|\]$/g, "");
  if (/^[\w.:%-]+$/.test(host)) return host;
  throw new BelayError("usage", `--host: expected an address or a name, got ${show(typed)}`);
}

/**
 * A token that outlives the process, for a dashboard that is started again and again under the same link.
 *
 * @throws BelayError `usage`: it is short enough to be guessed.
 */
function ownToken(): string | undefined {
  const token = process.env.BELAY_DASHBOARD_TOKEN;
  if (token === undefined || token === "") return undefined;
  if (/^[\w-]{32,200}$/.test(token)) return token;
  throw new BelayError(
    "usage",
    `BELAY_DASHBOARD_TOKEN: expected 32 letters, digits, _ or - or more, got ${token.length} characters`,
  );
}
