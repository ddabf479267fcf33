/** A running trial as the emergency brake sees it. */
export interface Holder {
  readonly slot: number;
  readonly rssBytes: number;
}

/** How long memory may take to come back after a kill before the next one. */
const SETTLE_MS = 1_000;
/** The brake is let go only when more than the reserve is available, so that it does not flap: by a tenth, or by this. */
const RELEASE_MARGIN = { share: 0.1, mostBytes: 512e6 };

/**
 * The emergency brake: below the reserve the largest running trial has to go, one at a time, with time for its
 * memory to return in between. `step` says whom to take now, if anybody. Once no trial has run for that long nothing is on
 * its way back, and the reserve itself is enough: with more the run might stand still for ever.
 */
export function memoryBrake(reserveBytes: number) {
  const margin = Math.min(reserveBytes * RELEASE_MARGIN.share, RELEASE_MARGIN.mostBytes);
  let braking = false;
  let quietUntil = 0;
  let idleSince: number | null = null;
  return {
    get braking() {
      return braking;
    },
    step(availableBytes: number, holders: readonly Holder[], now: number): Holder | null {
      idleSince = holders.length > 0 ? null : (idleSince ?? now);
      const isIdle = idleSince !== null && now - idleSince >= SETTLE_MS;
      if (availableBytes >= reserveBytes + (braking && !isIdle ? margin : 0)) {
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
