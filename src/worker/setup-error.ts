import { BelayError } from "../core/error.ts";
import type { Outcome } from "../core/trial.ts";
import { outOfHeap } from "./death.ts";
import type { InvalidMessage } from "./door/message.ts";
import type { HostExit } from "./link.ts";
import type { FromHost, HostBoot } from "./protocol.ts";

/** The error of a study that cannot be set up; its message is one line. */
export function setupError(
  boot: HostBoot,
  { phase, error, code, progress }: Extract<FromHost, { kind: "setup-failed" }>,
): BelayError {
  const known = code === "study" || code === "backend" || code === "usage";
  const cause = new Error(error.message);
  cause.name = error.name;
  if (error.stack) cause.stack = error.stack;
  if (known && error.message.includes(boot.studyFile))
    return new BelayError("study", error.message, { cause });
  const isSelfExplanatory = known || error.name === "Timeout" || error.name === "Exit";
  const thrown =
    error.name === "thrown" ? error.message : `threw ${error.name}: ${error.message.split("\n")[0]}`;
  const message = isSelfExplanatory ? error.message : thrown;
  const where = phase === "import" || message.startsWith(`${phase}:`) ? "" : `${phase}: `;
  return new BelayError(
    code === "backend" ? "backend" : known || phase === "import" ? "study" : "setup",
    `${boot.studyFile}: ${where}${message}${progress === null ? "" : `, at ${progress}`}`,
    { cause },
  );
}

/** The error of a host that has sent an invalid message before it was ready. */
export function invalidInSetup({ studyFile }: HostBoot, { got }: InvalidMessage): BelayError {
  return new BelayError("setup", `${studyFile}: host: expected messages of Belay, got ${got}`);
}

/** The error of a host that was killed before it was ready, because it no longer answered. */
export function silentInSetup({ studyFile, setupTimeoutMs }: HostBoot): BelayError {
  const limit = `${setupTimeoutMs / 1000} s`;
  return new BelayError(
    "setup",
    `${studyFile}: expected its host to become ready within ${limit}, and it no longer answers`,
  );
}

/** The error of a host that has exited before it was ready. */
export function diedInSetup(boot: HostBoot, exit: HostExit): BelayError {
  const how = exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`;
  if (!exit.signal && exit.code === null)
    return new BelayError("setup", `${boot.studyFile}: expected its host to start, got ${exit.stderr}`);
  const heap = outOfHeap(exit) ? " (V8 ran out of heap)" : "";
  return new BelayError(
    "setup",
    `${boot.studyFile}: expected its host to become ready, and the process ended with ${how}${heap}`,
  );
}

/** The outcome of an attempt for which no host can be set up; the study goes on. */
export function setupFailure(error: unknown): Outcome {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    state: "fail",
    reason: "setup",
    detail: { during: "setup" },
    error: { name, message, stack: stack ?? null },
  };
}
