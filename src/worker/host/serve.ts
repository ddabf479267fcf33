import { deadlines } from "../../guard/deadline.ts";
import { pauseWatch } from "../../machine/pauses.ts";
import { beaconWriter, monotonicMs } from "../beacon.ts";
import { threadReader, UNKNOWN_STUDY } from "../door/message.ts";
import { newPauseShare, pauseSharer } from "../pause-share.ts";
import type { HostBoot } from "../protocol.ts";
import {
  handleCoordinatorMessage,
  handleThreadError,
  handleThreadExit,
  handleThreadMessage,
} from "./handlers.ts";
import { type Host, type HostParts, setTitle } from "./host.ts";
import { idleWatch } from "./idle.ts";
import { hostMemory } from "./memory.ts";
import { outputCap } from "./output.ts";
import { processState } from "./process-state.ts";
import { setupProgress } from "./setup-progress.ts";
import { offerSnapshots } from "./snapshot.ts";
import { threadTrainer } from "./thread-trainer.ts";
import type { Trainer } from "./trainer.ts";
import { WATCH_MS, watch } from "./watch.ts";

/** A host that runs. */
export interface ServedHost {
  /** Ends what trains in it. Resolves when that has ended, which native code can delay forever. */
  stop(): Promise<void>;
}

/** Runs a host: starts the worker_thread, passes messages on, and ends a trial that exceeds a limit. */
export function serveHost(parts: HostParts): ServedHost {
  let trainer: Trainer | null = null;
  parts.port.listen((message) => {
    if (message.kind === "boot") trainer = serve(parts, message.boot);
  });
  return {
    async stop() {
      await trainer?.terminate();
    },
  };
}

function serve(parts: HostParts, boot: HostBoot): Trainer {
  // Events of the thread are handled one after another, so that its exit comes after the messages before it.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (act: () => unknown): void => {
    turn = turn.then(act);
  };
  const pauses = newPauseShare();
  const began = monotonicMs();
  const trainer = threadTrainer(
    { boot, ownProcess: parts.ownProcess, pauses },
    {
      message: (sent) => inTurn(() => handleThreadMessage(host, sent)),
      error: (thrown) => inTurn(() => handleThreadError(host, thrown)),
      exit(exitCode) {
        clearInterval(watching);
        trainer.drain();
        inTurn(() => handleThreadExit(host, exitCode));
      },
    },
  );
  const idle = idleWatch(trainer, parts.ownProcess);
  const host: Host = {
    parts,
    boot,
    clocks: deadlines(),
    pauses: pauseWatch(began),
    sharePause: pauseSharer(pauses),
    memory: hostMemory(parts.meter, () => idle.files),
    output: outputCap((text) => parts.port.send({ kind: "output", text })),
    processState: processState(parts.meter),
    idle,
    trainer,
    progress: setupProgress((text) => parts.port.send({ kind: "progress", text })),
    writeBeacon: boot.beacon ? beaconWriter(boot.beacon) : null,
    setup: { phase: "backend", began, isOver: false },
    expected: UNKNOWN_STUDY,
    read: threadReader(UNKNOWN_STUDY),
    trial: null,
    abortedEarly: false,
    ending: false,
  };
  host.clocks.arm("setup-timeout", boot.setupTimeoutMs, began);
  for (const stream of trainer.output) host.output.read(stream);
  const watching = setInterval(() => watch(host), WATCH_MS);
  setTitle(host, null);
  if (parts.ownProcess) offerSnapshots(host);
  watch(host);
  parts.port.listen((message) => handleCoordinatorMessage(host, message));
  return trainer;
}
