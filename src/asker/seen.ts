import type { History } from "../core/search/history.ts";
import type { Space } from "../core/space/space.ts";
import type { Ask, Columns } from "./protocol.ts";

/** The part of an ask that describes its history. */
type Shown = Pick<Ask, "history" | "size" | "columns" | "proposers" | "running">;

/** Describes histories for the thread. Columns are sent only when they are others than before. */
export function historySender(): (history: History) => Shown {
  let whole: object | null = null;
  let count = 0;
  let sent: Columns | null = null;
  return (history) => {
    if (history.whole !== whole) {
      whole = history.whole;
      count++;
      sent = null;
    }
    history.whole.share?.();
    const isShared = history.number.buffer instanceof SharedArrayBuffer;
    const isMoved = !isShared || sent?.number !== history.number || sent.step !== history.step;
    if (isMoved) sent = columnsOf(history);
    return {
      history: count,
      size: history.size,
      columns: isMoved ? sent : null,
      proposers: [...history.proposers],
      running: [...history.running.values()],
    };
  };
}

function columnsOf(history: History): Columns {
  const { number, state, params, values, violation, overrun, estimate, estimateSd } = history;
  const { guarded, proposer, stepStart, step, stepValue } = history;
  return {
    ...{ number, state, params, values, violation, overrun, estimate, estimateSd },
    ...{ guarded, proposer, stepStart, step, stepValue },
  };
}

type Seen = { -readonly [Key in keyof History]: History[Key] };

/** Reads in the thread what `historySender` describes. A history is one growing object, because samplers cache by it. */
export function historyReceiver(space: Space): (shown: Shown) => History {
  let count = 0;
  let seen: Seen | null = null;
  return ({ history, size, columns, proposers, running }) => {
    if (history !== count || seen === null) {
      count = history;
      seen = newSeen(space, columns!);
    }
    Object.assign(seen, columns);
    const now = { size, proposers, running: new Map(running.map((trial) => [trial.number, trial])) };
    if (size < seen.size) return { ...seen, ...now };
    return Object.assign(seen, now);
  };
}

function newSeen(space: Space, columns: Columns): Seen {
  const whole = {};
  return { ...columns, size: 0, whole, space, proposers: [], running: new Map() };
}
