import { Loading } from "./choices.tsx";
import type { Answered } from "./use-answer.ts";

/** What a plot says while its answer is on its way, or if there is none. */
export function Waiting({ answered: { error } }: { readonly answered: Answered<unknown> }) {
  return error === null ? (
    <Loading />
  ) : (
    <p class="plot-loading" role="status">
      {error}
    </p>
  );
}
