import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

const TRIAL_LIMIT_CHARACTERS = 64_000;
const LINE_LIMIT_CHARACTERS = 2_000;

/**
 * Splits the output of trials into lines, and forwards at most 64,000 characters for each trial. The rest is dropped,
 * and replaced by a line that says how much it was, so that a flood does not cost the coordinator's time.
 */
export function outputCap(forward: (text: string) => void) {
  let left = TRIAL_LIMIT_CHARACTERS;
  let dropped = 0;
  const partial = new Map<Readable, { text: string }>();

  const emit = (line: string): void => {
    const text =
      line.length > LINE_LIMIT_CHARACTERS
        ? `${line.slice(0, LINE_LIMIT_CHARACTERS)}... (${line.length} characters)`
        : line;
    if (text.length > left) {
      dropped += line.length;
      return;
    }
    left -= text.length;
    if (text.trim()) forward(text);
  };

  return {
    read(stream: Readable): void {
      const decoder = new StringDecoder("utf8");
      const rest = { text: "" };
      partial.set(stream, rest);
      stream.on("error", () => {});
      stream.on("data", (chunk: Buffer) => {
        if (left <= 0) {
          dropped += chunk.length;
          return;
        }
        const lines = (rest.text + decoder.write(chunk)).split("\n");
        rest.text = (lines.pop() ?? "").slice(0, LINE_LIMIT_CHARACTERS * 4);
        for (const line of lines) emit(line);
      });
    },
    /** Ends the output of a trial: forwards an unfinished line, and reports how much was dropped. */
    flush(): void {
      for (const rest of partial.values()) {
        if (rest.text) emit(rest.text);
        rest.text = "";
      }
      if (dropped > 0) forward(`... ${dropped} more characters of output were dropped`);
      left = TRIAL_LIMIT_CHARACTERS;
      dropped = 0;
    },
  };
}
