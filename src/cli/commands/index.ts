import type { CommandModule } from "yargs";

/** A command with what is typed, such as `launch <study-file>`. */
export type CliCommand = CommandModule & { readonly command: string };

/** The commands in the order of the help. Each is imported only when it is needed, so that `query` loads nothing that trains. */
const load = {
  new: async () => (await import("./new.ts")).newCommand,
  check: async () => (await import("./check.ts")).checkCommand,
  launch: async () => (await import("./launch.ts")).launchCommand,
  resume: async () => (await import("./resume.ts")).resumeCommand,
  set: async () => (await import("./set.ts")).setCommand,
  pause: async () => (await import("./pause.ts")).pauseCommand,
  stop: async () => (await import("./stop.ts")).stopCommand,
  kill: async () => (await import("./kill.ts")).killCommand,
  enqueue: async () => (await import("./enqueue.ts")).enqueueCommand,
  invalidate: async () => (await import("./invalidate.ts")).invalidateCommand,
  query: async () => (await import("./query.ts")).queryCommand,
  sql: async () => (await import("./sql.ts")).sqlCommand,
  export: async () => (await import("./export.ts")).exportCommand,
  import: async () => (await import("./import.ts")).importCommand,
  list: async () => (await import("./list.ts")).listCommand,
  summary: async () => (await import("./summary.ts")).summaryCommand,
  show: async () => (await import("./show.ts")).showCommand,
  best: async () => (await import("./best.ts")).bestCommand,
  compare: async () => (await import("./compare.ts")).compareCommand,
  importance: async () => (await import("./importance.ts")).importanceCommand,
  kills: async () => (await import("./kills.ts")).killsCommand,
  audit: async () => (await import("./audit.ts")).auditCommand,
  memory: async () => (await import("./memory.ts")).memoryCommand,
  dashboard: async () => (await import("./dashboard.ts")).dashboardCommand,
  snapshot: async () => (await import("./snapshot.ts")).snapshotCommand,
  doctor: async () => (await import("./doctor.ts")).doctorCommand,
  backup: async () => (await import("./backup.ts")).backupCommand,
  "prune-data": async () => (await import("./prune-data.ts")).pruneCommand,
  repair: async () => (await import("./repair.ts")).repairCommand,
  completion: async () => (await import("./completion.ts")).completionCommand,
} satisfies Readonly<Record<string, () => Promise<CliCommand>>>;

/** The name of a command. */
export type CommandName = keyof typeof load;

/** The command that is the first typed word; all commands if it is none, for the help or for advice; none for `--version`. */
export async function commandsFor(typed: readonly string[]): Promise<readonly CliCommand[]> {
  if (typed.length === 1 && typed[0] === "--version") return [];
  const one = Object.hasOwn(load, typed[0] ?? "") ? load[typed[0] as CommandName] : undefined;
  if (one) return [await one()];
  return Promise.all(Object.values(load).map((each) => each()));
}
