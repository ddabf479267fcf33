import type { Machine, SlotView } from "../core/engine.ts";

/** What of a simulated machine is not as usual. */
export interface PlainMachine {
  readonly slots: () => number;
  /** @default "simulated" */
  readonly name?: string;
  readonly isShort?: () => boolean;
  readonly memory?: Machine["memory"];
  readonly load?: Machine["load"];
  readonly views?: () => readonly SlotView[];
}

/** A machine without load, whose memory is not known: what an engine without processes tells of itself. */
export function plainMachine({
  slots,
  name = "simulated",
  isShort = () => false,
  memory = () => null,
  load = () => ({ total: 0, others: 0 }),
  views = () => [],
}: PlainMachine): Machine {
  return {
    name,
    get slots() {
      return slots();
    },
    get cores() {
      return slots();
    },
    get isShort() {
      return isShort();
    },
    ...{ memory, load, views },
  };
}
