import type { Attempt } from "../attempt.ts";
import { type Beacon, readBeacon } from "../beacon.ts";
import type { Foreign } from "./message.ts";

const LOOK_MS = 1_000;
/** So many looks in a row, with nothing heard in between, before what is on its way counts as lost. */
const LOOKS = 5;

/**
 * Notices that messages of an attempt are lost: its host has closed the pipe, or somebody else reads from it. Nobody
 * waits for a verdict, or for an outcome, on the clock of the trial; so without this a slot could wait for ever. A host
 * counts in its beacon what it has sent and heard.
 *
 * @returns how to stop looking.
 */
export function lossWatch(
  file: string | null,
  attempt: Attempt,
  lost: (foreign: Foreign) => void,
): () => void {
  if (file === null) return () => {};
  let last: Beacon | null = null;
  let heard = -1;
  let missed = 0;
  const look = (): void => {
    const beacon = readBeacon(file);
    const loss = beacon && lossOf(beacon, attempt, last !== null && beacon.at > last.at);
    missed = loss && attempt.link.heard === heard ? missed + 1 : 0;
    last = beacon;
    heard = attempt.link.heard;
    if (loss && missed >= LOOKS) lost({ kind: "foreign", came: loss });
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** @param isAwake - The host has looked around since: what has reached it is heard. */
function lossOf(beacon: Beacon, { link, task, started }: Attempt, isAwake: boolean): string | null {
  const missing = beacon.sent - link.heard;
  if (missing > 0) return `none of ${missing} that were sent`;
  if (isAwake && link.sent > beacon.heard)
    return `no sign that ${link.sent - beacon.heard} of ours have come`;
  if (isAwake && started && beacon.trial !== task.number) return "none about the trial, which is over";
  return null;
}
