import { type Beacon, readBeacon } from "../beacon.ts";
import type { HostAttempt } from "../host-attempt.ts";
import type { InvalidMessage } from "./message.ts";

const CHECK_MS = 1_000;
/**
 * How many checks in a row must find messages missing, and none received by either side in between, until they count as
 * lost. While messages flow, a beacon is always a little behind.
 */
const CHECKS = 5;

/**
 * Detects that messages of an attempt are lost, because its trial has closed the pipe or reads from it. The trial's
 * clocks are paused while a verdict or an outcome is on its way, so without this check a slot could wait forever. The
 * number of messages that a host has sent and received is in its beacon.
 *
 * @returns a function that stops the checks.
 */
export function lossWatch(
  file: string | null,
  attempt: HostAttempt,
  lost: (loss: InvalidMessage) => void,
): () => void {
  if (file === null) return () => {};
  let last: Beacon | null = null;
  let received = -1;
  let missed = 0;
  const check = (): void => {
    const beacon = readBeacon(file);
    const loss = beacon && lossOf(beacon, attempt, last !== null && beacon.at > last.at);
    const isFlowing = attempt.link.received !== received || beacon?.received !== last?.received;
    missed = loss && !isFlowing ? missed + 1 : 0;
    last = beacon;
    received = attempt.link.received;
    if (loss && missed >= CHECKS) lost({ kind: "invalid", got: loss });
  };
  const timer = setInterval(check, CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Compares what each side has sent with what the other has received. @returns what is missing, in words; null if
 * nothing is.
 *
 * @param isAwake - The host has updated its beacon since the last check, so its counts are current.
 */
function lossOf(beacon: Beacon, { link, task, started }: HostAttempt, isAwake: boolean): string | null {
  const missing = beacon.sent - link.received;
  if (missing > 0) return `none of ${missing} that were sent`;
  if (isAwake && link.sent > beacon.received)
    return `no sign that ${link.sent - beacon.received} of ours have come`;
  if (isAwake && started && beacon.trial !== task.number) return "none about the trial, which is over";
  return null;
}
