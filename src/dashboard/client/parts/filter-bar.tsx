import { useEffect, useRef, useState } from "preact/hooks";
import { countIn } from "../state/mask.ts";
import type { StudyData } from "../state/study-data.ts";
import { clearBrush } from "../views/trials/brush.ts";

/** How long after the last letter a filter is applied. */
const PAUSE_MS = 60;

const EXAMPLES = [
  "state = complete",
  "value > 0.9",
  "duration > 5m",
  "memory.peak > 2GB",
  'reason = "memory-limit"',
  "violation = 0",
  "not invalid",
] as const;

/** The filter of a study, which reaches the table and all plots, in the words of `query --where`. */
export function FilterBar({ data }: { readonly data: StudyData }) {
  const { where, whereError, selection, visible, rows } = data;
  const [text, setText] = useState(where.value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const applied = useRef(where.value);
  // The button back and a link change the filter too. What was applied from here must not come back to the field: more
  // may have been written since.
  useEffect(() => {
    if (where.value === applied.current) return;
    applied.current = where.value;
    setText(where.value);
  }, [where.value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const apply = (next: string): void => {
    clearTimeout(timer.current);
    applied.current = next;
    setText(next);
    where.value = next;
  };
  const write = (next: string): void => {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(apply, PAUSE_MS, next);
  };
  const error = whereError.value;
  return (
    <search class="filter">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          // What stands in the field counts, also if it has been written a moment ago.
          apply(event.currentTarget.querySelector("input")!.value);
        }}
      >
        <label for="filter">Filter</label>
        <input
          id="filter"
          data-filter
          type="text"
          autocomplete="off"
          spellcheck={false}
          placeholder="value > 0.9 and memory.peak > 2GB"
          value={text}
          aria-invalid={error !== null}
          aria-describedby="filter-says"
          onInput={(event) => write(event.currentTarget.value)}
        />
        {text !== "" && (
          <button type="button" onClick={() => apply("")}>
            Clear
          </button>
        )}
      </form>
      <p id="filter-says" class={`small-text ${error ? "is-error" : "soft"}`} role="status">
        {error ?? `${countIn(visible.value, rows.value)} of ${rows.value} trials`}
        {selection.value !== null && (
          <>
            {" "}
            in the filter and the brush{" "}
            <button type="button" class="small" onClick={() => clearBrush(data)}>
              clear the brush
            </button>
          </>
        )}
      </p>
      <details class="examples">
        <summary>Examples</summary>
        {EXAMPLES.map((example) => (
          <button type="button" class="small" key={example} onClick={() => apply(example)}>
            {example}
          </button>
        ))}
        <p class="small-text soft">
          Columns and params by their names, = != &lt; &lt;= &gt; &gt;=, and, or, not, in (…), is null,
          brackets; durations and sizes with a unit.
        </p>
      </details>
    </search>
  );
}
