import { control, type Order } from "../../launch/control.ts";
import { parseParams } from "../../launch/enqueued.ts";
import type { Answer, OrderCall, PageOrder } from "./protocol.ts";

/** Sends orders to coordinators, as the command line does, and waits for their answers. */
export function orderSender(db: string): (call: OrderCall) => Promise<Answer> {
  return async ({ study, order, who }) => {
    const { message } = await control({ db, study, order: toOrder(order), who });
    return { kind: "json", text: JSON.stringify({ message }) };
  };
}

function toOrder(order: PageOrder): Order {
  switch (order.kind) {
    case "invalidate":
    case "validate": {
      const { number, reason } = order;
      return { kind: "invalidate", number, reason, undo: order.kind === "validate" };
    }
    case "enqueue": {
      const from = "params";
      return {
        kind: "enqueue",
        enqueued: [{ from, params: parseParams(from, order.params) }],
        add: order.add,
      };
    }
    default:
      return order;
  }
}
