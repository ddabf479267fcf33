/** A running trial as the emergency brake sees it. */
export interface Holder {
  readonly slot: number;
  readonly rssBytes: number;
}

/** How long memory may take to come back after a kill before the next one. */
const SETTLE_MS = 1_000;
/** The brake is let go only when this much more than the reserve is available, so that it does not flap. */
const RELEASE_FACTOR = 1.1;

/**
 * The emergency brake: below the reserve the largest running trial has to go, one at a time, with time for its
 * memory to return in between. `step` says whom to take now, if anybody.
 */
export function memoryBrake(reserveBytes: number) {
  let braking = false;
  let quietUntil = 0;
  return {
    get braking() {
      return braking;
    },
    step(availableBytes: number, holders: readonly Holder[], now: number): Holder | null {
      if (availableBytes >= reserveBytes * (braking ? RELEASE_FACTOR : 1)) {
        braking = false;
        return null;
      }
      braking = true;
      if (now < quietUntil || availableBytes >= reserveBytes || holders.length === 0) return null;
      quietUntil = now + SETTLE_MS;
      return holders.reduce((largest, holder) => (holder.rssBytes > largest.rssBytes ? holder : largest));
    },
  };
}

const ALERT_AT = 0.8;
const ALERT_AGAIN_BELOW = 0.75;

/** Says once that more than 80 % of the memory is used, and again only after it was below 75 %. */
export function memoryAlert() {
  let isHigh = false;
  return {
    step(availableBytes: number, totalBytes: number): boolean {
      const used = 1 - availableBytes / totalBytes;
      const wasHigh = isHigh;
      if (used > ALERT_AT) isHigh = true;
      else if (used < ALERT_AGAIN_BELOW) isHigh = false;
      return isHigh && !wasHigh;
    },
  };
}
