/** A running trial and the memory that it holds. */
export interface Holder {
  readonly slot: number;
  readonly rssBytes: number;
}

/** How long to wait after a kill for its memory to return before the next kill. */
const SETTLE_MS = 1_000;
/** The brake is released at this share above the reserve, at most `mostBytes` above it, so that it does not flap. */
const RELEASE_MARGIN = { share: 0.1, mostBytes: 512e6 };

/**
 * The emergency brake. While less memory than the reserve is available, the largest running trial must be killed, one
 * at a time, with a pause in which its memory returns. `step` returns the trial to kill now, or null. After such a
 * pause without running trials no more memory will return, so the reserve alone releases the brake; otherwise the run
 * might never go on.
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

/** `step` returns true once when more than 80 % of the memory is used, and again only after less than 75 % was used. */
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
