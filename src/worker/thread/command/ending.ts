import { show } from "../../../core/error.ts";
import type { Outcome } from "../../../core/trial.ts";
import { errorIn, outOfMemoryIn } from "./error-text.ts";
import type { ProgramExit } from "./program.ts";

const outcomes = new WeakMap<object, Outcome>();

/** The error that ends a trial with this outcome. */
export function endedBy(outcome: Outcome): Error {
  const error = new Error("the program has ended the trial");
  outcomes.set(error, outcome);
  return error;
}

/** The outcome for which `endedBy` has made this error; null for any other. */
export function outcomeOf(thrown: unknown): Outcome | null {
  return thrown !== null && typeof thrown === "object" ? (outcomes.get(thrown) ?? null) : null;
}

/** What is known of a program that has ended without the value of its split. */
export interface ProgramEnding {
  readonly exit: ProgramExit;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The end of what it printed to stderr. */
  readonly stderr: string;
  /** What the trial was doing. */
  readonly during: string;
  /** How many processes the kernel has killed for lack of memory since the program began, */
  readonly kernelKills: number;
  /** and whether these are its own and no others. */
  readonly areOwn: boolean;
  readonly memoryBytes: number | null;
  /** The most memory that it has held; null if unknown. */
  readonly seenBytes: number | null;
}

/** How the trial of a program ended that has exited without a value. */
export function endOfProgram(ending: ProgramEnding): Outcome {
  const { exit, stderr, during } = ending;
  if (exit.startError) return failed("StartError", startText(ending), during);
  if (ending.kernelKills > 0 && (exit.signal === "SIGKILL" || ending.areOwn)) return outOfMemory(ending);
  const error = errorIn(stderr);
  if (exit.signal !== null)
    return { state: "fail", reason: "crash", detail: { signal: exit.signal, during }, error };
  const by = error && outOfMemoryIn(error);
  if (by) return { state: "fail", reason: "heap", detail: { during, by }, error };
  if (error?.stack && exit.code !== 0) return { state: "fail", reason: "error", detail: { during }, error };
  // The last words of a program that has ended well are no error.
  return {
    state: "fail",
    reason: "exit",
    detail: { exitCode: exit.code, during },
    error: exit.code === 0 ? null : error,
  };
}

/** A trial of which the kernel has killed a process because memory ran out, the program or one that it has started. */
export function outOfMemory({
  memoryBytes: limitBytes,
  seenBytes,
  during,
}: Pick<ProgramEnding, "memoryBytes" | "seenBytes" | "during">): Outcome {
  const detail = { limitBytes, seenBytes, during, by: "kernel" };
  return { state: "pruned", reason: "memory-limit", detail };
}

/** A trial that failed by an error of its program. */
export function failed(name: string, message: string, during: string): Outcome {
  return { state: "fail", reason: "error", detail: { during }, error: { name, message, stack: null } };
}

/** A trial whose program sent something else than messages of the protocol. */
export function misspoken(got: string, protocol: number, during: string): Outcome {
  const message = `program: expected messages of protocol ${protocol}, got ${got}`;
  return {
    state: "fail",
    reason: "crash",
    detail: { during },
    error: { name: "ProtocolError", message, stack: null },
  };
}

function startText({ exit, argv, cwd }: ProgramEnding): string {
  const { code, message } = exit.startError!;
  if (code === "ENOENT")
    return `command: expected a program that is installed and a folder that exists, got ${show(argv[0])} in ${cwd}`;
  if (code === "EACCES") return `command: expected a program that may be run, got ${show(argv[0])}`;
  return `command: expected a program that can be started, got ${show(argv[0])}: ${message}`;
}
