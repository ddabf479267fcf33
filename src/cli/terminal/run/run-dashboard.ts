import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { commandOn } from "../../../store/command-line.ts";

/** The dashboard of a run, in a process of its own, so that nothing that it does or suffers reaches the run. */
export interface RunDashboard {
  /** Starts it; what it says goes to `say`, a line at a time. */
  start(): void;
  /** Ends it. */
  end(): void;
}

const MAIN = fileURLToPath(new URL("../../main.js", import.meta.url));

/**
 * Makes the dashboard of a run. It ends with the process that has started it, however that ends.
 *
 * @param port - The port; null: 4100, or any other if that is taken.
 * @param say - Shows a line that is not for the log, because the link has a secret in it.
 */
export function runDashboard(db: string, port: number | null, say: (text: string) => void): RunDashboard {
  let child: ChildProcess | null = null;
  let isEnding = false;

  function open(at: string): void {
    // It leads its own process group, so that Ctrl-C in the terminal lets the run finish its splits in sight.
    child = spawn(process.execPath, [MAIN, "dashboard", "--db", db, "--port", at, "--json"], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    let [out, faults] = ["", ""];
    child.stdout!.on("data", (piece: Buffer) => {
      out += piece;
      const line = /^(\{.*\})\n/.exec(out)?.[1];
      if (line === undefined) return;
      out = "";
      say(`dashboard: ${(JSON.parse(line) as { readonly url: string }).url}`);
    });
    child.stderr!.on("data", (piece: Buffer) => {
      faults += piece;
    });
    child.on("error", (error) => failed(error.message));
    child.on("exit", (code) => {
      if (isEnding || code === 0) return;
      const isTaken = port === null && at !== "0" && faults.includes("which another program has");
      if (isTaken) open("0");
      else
        failed(
          faults
            .trim()
            .replace(/^belay: /, "")
            .split("\n")[0] || "it has ended",
        );
    });
    // A run does not wait for it.
    child.unref();
    child.channel?.unref();
    for (const stream of [child.stdout, child.stderr]) (stream as { unref?(): void } | null)?.unref?.();
  }

  function failed(why: string): void {
    if (!isEnding) say(`dashboard: ${why}; the run goes on, and \`${commandOn(db, "dashboard")}\` shows it`);
  }

  return {
    start: () => open(`${port ?? 4100}`),
    end() {
      if (!child) return;
      isEnding = true;
      child.kill();
      if (child.exitCode === null) say(`\`${commandOn(db, "dashboard")}\` shows the study again`);
    },
  };
}
