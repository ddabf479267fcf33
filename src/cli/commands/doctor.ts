import { dirname, resolve } from "node:path";
import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import type { Json } from "../../core/trial.ts";
import { formatSize } from "../../core/units.ts";
import { budgetOf } from "../../launch/budget.ts";
import { usableCores } from "../../machine/cores.ts";
import { freeDiskBytes, TIGHT_DISK_BYTES } from "../../machine/disk.ts";
import { machineMemory } from "../../machine/memory.ts";
import { memoryGroupVersion } from "../../machine/memory-group.ts";
import { machineMeter } from "../../machine/meter.ts";
import { resolveBackend } from "../../tensorflow/resolve.ts";
import { databaseFile } from "../database.ts";
import { budgetText } from "../terminal/budget-text.ts";
import { print } from "../terminal/output.ts";

/** A finding about the machine: what there is, whether it is good enough, and what to do if not. */
interface Finding {
  readonly subject: string;
  readonly state: "ok" | "note" | "bad";
  readonly found: string;
  readonly advice: string | null;
  readonly data: Json;
}

/** Tells what this machine offers. */
export const doctorCommand = {
  command: "doctor",
  describe: "what this machine offers to studies, and what to do about what it lacks",
  builder: (yargs: Argv) =>
    yargs
      .option("budget", {
        type: "string",
        requiresArg: true,
        describe: "a study file: what it needs of this machine, and how many workers fit",
      })
      .example("$0 doctor", "before the first study")
      .example("$0 doctor --budget studies/digits.ts", "how many trials fit at a time?"),
  handler: async (argv: ArgumentsCamelCase) => {
    if (argv.budget !== undefined) {
      const budget = await budgetOf({ db: databaseFile(argv), file: String(argv.budget) });
      print(argv.json ? JSON.stringify(budget) : budgetText(budget));
      return;
    }
    const findings = [node(), ...(await backends()), cores(), memory(), memoryLimit(), disk(String(argv.db))];
    print(argv.json ? JSON.stringify(findings) : findings.map(line));
    if (findings.some(({ state }) => state === "bad")) process.exitCode = 1;
  },
} satisfies CommandModule;

function line({ subject, state, found, advice }: Finding): string {
  const mark = { ok: "ok  ", note: "note", bad: "BAD " }[state];
  return `${mark}  ${subject}: ${found}${advice ? `\n      -> ${advice}` : ""}`;
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const fine = major > 20 || (major === 20 && minor >= 19);
  const advice = fine ? null : "install Node 20.19 or newer";
  return {
    subject: "Node",
    state: fine ? "ok" : "bad",
    found: process.version,
    advice,
    data: process.versions.node,
  };
}

async function backends(): Promise<Finding[]> {
  const taken = await resolveBackend("auto", { fromDirectory: process.cwd() });
  const speed =
    taken.backend === "wasm"
      ? "fine as it is: quick on small dense models; native TensorFlow is quicker on convolutions"
      : taken.backend === "cpu"
        ? "npm install @tensorflow/tfjs-backend-wasm: plain JavaScript is slow, 60 times on convolutions"
        : "on small dense models --backend wasm is quicker than native TensorFlow; on convolutions it is the other way round";
  return [
    {
      subject: "TensorFlow backend",
      state: taken.backend === "cpu" ? "note" : "ok",
      found: `${taken.backend} (${taken.package}${taken.version ? ` ${taken.version}` : ""})`,
      advice: speed,
      data: { backend: taken.backend, package: taken.package, version: taken.version },
    },
    ...taken.refused.map(
      ({ backend, package: name, reason, message, advice }): Finding => ({
        subject: `TensorFlow backend ${backend}`,
        state: "note",
        found: `${name} was not taken: ${reason}: ${message}`,
        advice,
        data: { backend, package: name, reason, message },
      }),
    ),
  ];
}

function cores(): Finding {
  const count = usableCores();
  const advice = `--workers auto takes up to ${Math.max(1, Math.floor(count))}: a training worker keeps a core busy`;
  return { subject: "cores", state: "ok", found: String(count), advice, data: count };
}

function memory(): Finding {
  const { totalBytes, availableBytes, limitedBy } = machineMemory();
  const tight = availableBytes < 2 ** 30;
  return {
    subject: "memory",
    state: tight ? "note" : "ok",
    found: `${formatSize(availableBytes)} available of ${formatSize(totalBytes)} (limited by the ${limitedBy}; read by ${machineMeter().name})`,
    advice: tight ? "close other programs, or set --memory-limit low and --workers 1" : null,
    data: { totalBytes, availableBytes, limitedBy },
  };
}

/** How the programs of trials are held to their memory limit. */
function memoryLimit(): Finding {
  const version = memoryGroupVersion();
  const found = version
    ? `by the kernel, at once (control groups, version ${version})`
    : "by looking every 25 ms: this user may make no control group here";
  const advice = version
    ? null
    : "good for nearly all programs; where it is not, run in a container or as a user that may";
  return {
    subject: "memory limit of programs",
    state: version ? "ok" : "note",
    found,
    advice,
    data: { controlGroups: version },
  };
}

function disk(db: string): Finding {
  const folder = dirname(resolve(db));
  try {
    const free = freeDiskBytes(folder);
    const tight = free < TIGHT_DISK_BYTES;
    const advice = tight ? "free some space: results are written there" : null;
    return {
      subject: "disk",
      state: tight ? "note" : "ok",
      found: `${formatSize(free)} free in ${folder}`,
      advice,
      data: { folder, freeBytes: free },
    };
  } catch (error) {
    return {
      subject: "disk",
      state: "bad",
      found: `${folder}: ${(error as Error).message}`,
      advice: "name a folder that exists with --db",
      data: { folder },
    };
  }
}
