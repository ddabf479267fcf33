import { BelayError } from "../core/error.ts";
import type { Outcome } from "../core/trial.ts";
import { outOfHeap } from "./death.ts";
import type { Foreign } from "./door/message.ts";
import type { HostExit } from "./link.ts";
import type { FromHost, HostBoot } from "./protocol.ts";

/** One line that says why a study cannot be set up. */
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
  const isReady = known || error.name === "Timeout" || error.name === "Exit";
  const thrown =
    error.name === "thrown" ? error.message : `threw ${error.name}: ${error.message.split("\n")[0]}`;
  const message = isReady ? error.message : thrown;
  const where = phase === "import" || message.startsWith(`${phase}:`) ? "" : `${phase}: `;
  return new BelayError(
    code === "backend" ? "backend" : known || phase === "import" ? "study" : "setup",
    `${boot.studyFile}: ${where}${message}${progress === null ? "" : `, at ${progress}`}`,
    { cause },
  );
}

/** A host that sent what is no message before it was ready. */
export function foreignInSetup({ studyFile }: HostBoot, { came }: Foreign): BelayError {
  return new BelayError("setup", `${studyFile}: host: expected messages of Belay, got ${came}`);
}

/** A host that ended without a word before it was ready. */
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

/** A host that cannot be set up is how this attempt ends; the study goes on. */
export function setupFailure(error: unknown): Outcome {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    state: "fail",
    reason: "setup",
    detail: { during: "setup" },
    error: { name, message, stack: stack ?? null },
  };
}
