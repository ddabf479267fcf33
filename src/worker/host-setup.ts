import type { EventEmitter } from "node:events";
import type { BelayError } from "../core/error.ts";
import { afterAwake } from "../core/timer.ts";
import type { HostClientOptions, HostEvent } from "./host-attempt.ts";
import type { HostExit, HostLink } from "./link.ts";
import type { FromHost } from "./protocol.ts";
import { diedInSetup, invalidInSetup, setupError, silentInSetup } from "./setup-error.ts";

/** How long after its own deadlines a host that has not answered is killed. */
export const SILENCE_MS = 2_000;
/** How much longer a host may take for its first answer: its own clock begins only when its process has started. */
const START_MS = 10_000;

type Answer<K extends FromHost["kind"]> = Extract<FromHost, { kind: K }>;

/** The coordinator's side of the setup of one host, whose messages come as `events`. */
export function hostSetup(
  { boot, killOf }: Pick<HostClientOptions, "boot" | "killOf">,
  events: EventEmitter,
  link: HostLink,
) {
  let isSilent = false;

  /** Awaits an answer, and kills the host if it has not come in time; the exit of the host then rejects `answer`. */
  async function within<T>(answer: Promise<T>, limitMs: number): Promise<T> {
    const unbound = afterAwake(limitMs + SILENCE_MS, () => {
      isSilent = true;
      link.kill();
    });
    try {
      return await answer;
    } finally {
      unbound();
    }
  }

  async function errorOf(exit: HostExit): Promise<BelayError> {
    const byWatcher = (await killOf?.(link.pid)) ?? null;
    return isSilent || byWatcher ? silentInSetup(boot) : diedInSetup(boot, exit);
  }

  /** Waits for one kind of message. */
  function once<K extends "loaded" | "ready">(kind: K): Promise<Answer<K>> {
    return new Promise((resolve, reject) => {
      const listen = (message: HostEvent): void => {
        if (message.kind === kind) resolve(message as Answer<K>);
        else if (message.kind === "setup-failed") reject(setupError(boot, message));
        else if (message.kind === "invalid") reject(invalidInSetup(boot, message));
        else if (message.kind === "exit") errorOf(message.exit).then(reject, reject);
        else return;
        events.off("event", listen);
      };
      events.on("event", listen);
    });
  }

  return {
    /** Resolves when the study's file is imported and valid. Call it before the host is told to boot. */
    loaded: (): Promise<Answer<"loaded">> => within(once("loaded"), boot.setupTimeoutMs + START_MS),
    /** Resolves when `data` and `splits` have run. Call it before the host is told to prepare. */
    ready: (): Promise<Answer<"ready">> => within(once("ready"), boot.setupTimeoutMs),
  };
}
