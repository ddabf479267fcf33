// Runs the built `belay query` with many options in a short time, and as people run it.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { BELAY } from "../../run.ts";

/** What a command has printed, and how it ended. */
export interface Printed {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `belay query` in a process of its own, as people do. */
export function typed(args: readonly string[]): Printed {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BELAY, "query", ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  return { status: status ?? -1, out: stdout, err: stderr };
}

/** The part of the built command that comes after the words are split into options. */
type Handler = (argv: Readonly<Record<string, unknown>>) => Promise<void>;

/** The `query` that dist/cli/main.js loads, from the very file from which it loads it. */
export async function builtQuery(): Promise<Handler> {
  const folder = join(BELAY, "..");
  const main = readFileSync(BELAY, "utf8");
  for (const file of readdirSync(folder)) {
    if (!/^joined-.*\.js$/.test(file) || !main.includes(file)) continue;
    const path = join(folder, file);
    if (!readFileSync(path, "utf8").includes("queryCommand")) continue;
    const found = (await import(pathToFileURL(path).href)) as {
      readonly queryCommand?: { handler: Handler };
    };
    if (found.queryCommand) return found.queryCommand.handler;
  }
  throw new Error(
    `${folder}: expected a joined file with the query command, got none; npm run build makes it`,
  );
}

/** Runs the built `query` in this process: what it prints and throws is what the command prints. */
export async function called(handler: Handler, args: readonly string[]): Promise<Printed> {
  const argv: Record<string, unknown> = { study: args[0] };
  for (let i = 1; i < args.length; i += 2) argv[args[i]!.slice(2)] = args[i + 1];
  const { write } = process.stdout;
  let out = "";
  process.stdout.write = ((text: string) => {
    out += text;
    return true;
  }) as typeof write;
  try {
    await handler(argv);
    return { status: 0, out, err: "" };
  } catch (error) {
    const { name, code, message } = error as { name: string; code?: string; message: string };
    const isUsage = name === "BelayError" && code === "usage";
    return {
      status: isUsage ? 2 : 1,
      out,
      err: isUsage ? `belay: ${message}\n` : String((error as Error).stack),
    };
  } finally {
    process.stdout.write = write;
  }
}
