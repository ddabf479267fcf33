import type { DataContext } from "../../core/setup-context.ts";
import { openCached } from "../../study/data-cache.ts";
import type { FromThread } from "../protocol.ts";

/** A loop may tell its progress a million times: every 20 ms it is passed on, and at first as often as it comes. */
const SEND_MS = 20;
const BURST = 100;

/** What `data` gets besides the seed; `flush` when it is over, so that the last word has been told. */
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
  let untold: string | null = null;
  let late: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(late);
    late = undefined;
    if (untold === null) return;
    const now = performance.now();
    credit = Math.min(BURST, credit + (now - sentMs) / SEND_MS) - 1;
    sentMs = now;
    send({ kind: "progress", text: untold });
    untold = null;
  };
  const context: Pick<DataContext, "cached" | "progress"> = {
    cached: (options) =>
      openCached(options, {
        folder: cacheFolder,
        seed,
        note: (text) => void process.stdout.write(`${text}\n`),
      }),
    progress(done, total, text) {
      untold = progressText(done, total, text);
      if (credit >= 1 || performance.now() - sentMs >= SEND_MS) flush();
      else late ??= setTimeout(flush, SEND_MS);
    },
  };
  return { context, flush };
}

/** `450 of 1000 (45 %), reading days`. */
function progressText(done: number, total: number, text?: string): string {
  if (typeof done !== "number" || typeof total !== "number")
    throw new TypeError("progress: expected two numbers, done and total");
  const share = total > 0 ? ` (${Math.floor((100 * done) / total)} %)` : "";
  return `${done} of ${total}${share}${text === undefined ? "" : `, ${text}`}`;
}
