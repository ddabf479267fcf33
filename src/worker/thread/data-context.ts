import type { DataContext } from "../../core/setup-context.ts";
import { openCached } from "../../study/data-cache.ts";
import type { FromThread } from "../protocol.ts";

/** Progress is sent at most every 20 ms, after the first 100 calls: a loop may report it a million times. */
const SEND_MS = 20;
const BURST = 100;

/** Creates what `data` gets besides the seed. Call `flush` when `data` has ended, to send the last progress. */
export function dataContext({
  cacheFolder,
  seed,
  send,
}: {
  readonly seed: number;
  readonly cacheFolder: string | null;
  readonly send: (message: FromThread) => void;
}): { readonly context: Pick<DataContext, "cached" | "progress">; flush(): void } {
  let sentMs = performance.now();
  let credit = BURST;
  let unsent: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (unsent === null) return;
    const now = performance.now();
    credit = Math.min(BURST, credit + (now - sentMs) / SEND_MS) - 1;
    sentMs = now;
    send({ kind: "progress", text: unsent });
    unsent = null;
  };
  const context: Pick<DataContext, "cached" | "progress"> = {
    cached: (options) =>
      openCached(options, {
        folder: cacheFolder,
        seed,
        note: (text) => void process.stdout.write(`${text}\n`),
      }),
    progress(done, total, text) {
      unsent = progressText(done, total, text);
      if (credit >= 1 || performance.now() - sentMs >= SEND_MS) flush();
      else timer ??= setTimeout(flush, SEND_MS);
    },
  };
  return { context, flush };
}

/** Formats progress, such as `450 of 1000 (45 %), reading days`. */
function progressText(done: number, total: number, text?: string): string {
  if (typeof done !== "number" || typeof total !== "number")
    throw new TypeError("progress: expected two numbers, done and total");
  const share = total > 0 ? ` (${Math.floor((100 * done) / total)} %)` : "";
  return `${done} of ${total}${share}${text === undefined ? "" : `, ${text}`}`;
}
