import { show } from "../core/error.ts";
import type { TrialError } from "../core/trial.ts";

const MESSAGE_LIMIT = 4_000;
const STACK_LIMIT = 8_000;

/**
 * Converts any thrown value (null, text, a huge Error, an object whose getters throw) to plain data of bounded size.
 */
export function trialErrorOf(thrown: unknown): TrialError {
  try {
    if (thrown instanceof Error || (typeof thrown === "object" && thrown !== null && "message" in thrown)) {
      const { name, message, stack } = thrown as Error;
      return {
        name: clip(String(name ?? "Error"), 200),
        message: clip(String(message), MESSAGE_LIMIT),
        stack: typeof stack === "string" ? clip(stack, STACK_LIMIT) : null,
      };
    }
    return { name: "thrown", message: `threw ${show(thrown)}`, stack: null };
  } catch {
    return { name: "thrown", message: "threw a value that cannot be read", stack: null };
  }
}

function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}... (${text.length - limit} more characters)`;
}
