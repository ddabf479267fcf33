import { Writable } from "node:stream";

/** What this thread prints is kept in it until the host's main thread asks for more, which then splits it into lines. */

// Kept from here on, because a trial may replace them.
const streams: readonly Writable[] = [process.stdout, process.stderr];
const immediate = setImmediate;
const timeout = setTimeout;
const unread = Object.getOwnPropertyDescriptor(Writable.prototype, "writableLength")?.get;

/** How many turns of the event loop to wait without a rest: the host usually reads within one or two. */
const QUICK_TURNS = 20;
const REST_MS = 1;

/**
 * Resolves when the host has read all that the trial has printed, so that it counts and is logged as this trial's. The
 * time limit of the cleanup holds for it.
 */
export async function outputRead(): Promise<void> {
  for (let turn = 0; streams.some(isUnread); turn++)
    await new Promise<void>((resolve) => {
      if (turn < QUICK_TURNS) immediate(resolve);
      else timeout(resolve, REST_MS);
    });
}

/** Whether a stream has output that the host has not asked for. A trial may have destroyed it; nobody reads it then. */
function isUnread(stream: Writable): boolean {
  return !stream.destroyed && unread?.call(stream) > 0;
}
