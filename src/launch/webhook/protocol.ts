import type { Occasion } from "./occasion.ts";
import type { Patience } from "./post.ts";

/** What the thread that sends a message starts with; it answers with why it could not be delivered, or null. */
export interface MessageBoot extends Occasion {
  readonly address: string;
  readonly db: string;
  readonly study: string;
  readonly at: string;
  readonly patience: Patience;
}
