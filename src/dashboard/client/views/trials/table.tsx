import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import type { TrialJson } from "../../../../report/trial.ts";
import { api } from "../../data/api.ts";
import { TrialLink } from "../../parts/link.tsx";
import { TrialStateWord } from "../../parts/words.tsx";
import { setQuery } from "../../state/address.ts";
import type { StudyData } from "../../state/study-data.ts";
import { rowWindow } from "../../state/virtual-rows.ts";
import type { TableColumn } from "./columns.ts";
import { orderedNumbers } from "./order.ts";
import { type Rows, trialRows } from "./rows.ts";
import { nextSort, type SortKey, sortWord, writeSort } from "./sort-keys.ts";

/** The height of a row in pixels, as the style sheet has it. */
const ROW_HEIGHT = 32;

/** The table of trials, of which only the rows that can be seen are there. */
export function TrialTable(props: {
  readonly data: StudyData;
  readonly columns: readonly TableColumn[];
  readonly all: readonly TableColumn[];
  readonly sort: readonly SortKey[];
  /** The row to scroll to; another object scrolls again. */
  readonly jump: { readonly row: number } | null;
}) {
  const { data, columns, all, sort, jump } = props;
  const rows = useRows(data, all, sort);
  const frame = useRef<HTMLElement>(null);
  const scroll = useSignal({ top: 0, height: 800 });
  const count = rows.count.value ?? 0;
  const window = rowWindow(scroll.value.top, scroll.value.height, ROW_HEIGHT, count);
  rows.changes.value;

  useLayoutEffect(() => {
    const element = frame.current!;
    const measure = (): void => {
      scroll.value = { top: element.scrollTop, height: element.clientHeight };
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
  useEffect(() => rows.look(window), [rows, window.from, window.to]);
  useEffect(() => {
    if (jump) frame.current?.scrollTo({ top: Math.max(0, jump.row - 2) * ROW_HEIGHT });
  }, [jump]);

  const shown = Array.from({ length: Math.max(0, window.to - window.from) }, (_, i) => window.from + i);
  const width = columns.reduce((sum, column) => sum + column.width, 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: Keys can scroll the table.
    <section class="trials-frame" ref={frame} tabIndex={0} aria-label="Trials">
      <table
        class="trials"
        style={{ width: `${width}px` }}
        aria-rowcount={count + 1}
        aria-busy={rows.count.value === null}
      >
        <colgroup>
          {columns.map(({ name, width: own }) => (
            <col key={name} style={{ width: `${own}px` }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <Head key={column.name} column={column} sort={sort} />
            ))}
          </tr>
        </thead>
        <tbody>
          <Space rows={window.from} columns={columns.length} />
          {shown.map((index) => (
            <Row key={index} index={index} trial={rows.at(index)} columns={columns} study={data.name} />
          ))}
          <Space rows={count - Math.max(window.to, window.from)} columns={columns.length} />
        </tbody>
      </table>
      {rows.count.value === 0 && (
        <p class="empty">
          {data.rows.value === 0 ? "This study has no trials yet." : "No trial is in this filter."}
        </p>
      )}
      {rows.error.value !== null && data.whereError.value === null && (
        <p class="empty is-error">{rows.error.value}</p>
      )}
    </section>
  );
}

/** The rows of the table, which follow the filter, the brush, the order and what changes. */
function useRows(data: StudyData, all: readonly TableColumn[], sort: readonly SortKey[]): Rows {
  const rows = useMemo(() => trialRows((query) => api.trials(data.name, query)), [data]);
  const order = writeSort(sort);
  const where = data.whereError.value === null ? data.where.value.trim() : null;
  const brushed = data.selection.value === null ? null : data.visible.value;
  const keys = brushed === null ? [] : sort.flatMap((key) => keyCells(data, all, key));
  const numbers = data.column("number").value;
  // The keys change with the order and with the trials.
  useEffect(() => {
    if (where === null) return;
    const own = brushed && numbers ? orderedNumbers(brushed, numbers, keys) : null;
    rows.want({ where, sort: sort.map(sortWord), numbers: own });
  }, [rows, where, order, brushed]);
  const version = data.version.value;
  // A new state of the trials is to be read.
  useEffect(() => rows.refresh(), [rows, version]);
  return rows;
}

/** The column by which the page sorts trials that a brush has chosen; none where it has not got it. */
function keyCells(data: StudyData, all: readonly TableColumn[], { column, descending }: SortKey) {
  const name = all.find((each) => each.name === column)?.cells;
  const cells = name ? data.column(name).value : undefined;
  return cells && name ? [{ cells, words: data.words(name), descending }] : [];
}

function Head({ column, sort }: { readonly column: TableColumn; readonly sort: readonly SortKey[] }) {
  const { name, label, isNumber } = column;
  const place = sort.findIndex((key) => key.column === name);
  const key = sort[place];
  const order = key ? (key.descending ? "descending" : "ascending") : "none";
  return (
    <th scope="col" class={isNumber ? "number" : ""} aria-sort={order}>
      <button
        type="button"
        class="sort"
        title={`${label}: click to sort, with Shift to sort by it as well`}
        onClick={(event) => setQuery({ sort: writeSort(nextSort(sort, name, event.shiftKey)) })}
      >
        {label}
        {key && sort.length > 1 && <sup>{place + 1}</sup>}
      </button>
    </th>
  );
}

function Space({ rows, columns }: { readonly rows: number; readonly columns: number }) {
  if (rows <= 0) return null;
  return (
    <tr class="space">
      <td colSpan={columns} style={{ height: `${rows * ROW_HEIGHT}px` }} />
    </tr>
  );
}

function Row(props: {
  readonly index: number;
  readonly trial: TrialJson | undefined;
  readonly columns: readonly TableColumn[];
  readonly study: string;
}) {
  const { index, trial, columns, study } = props;
  return (
    <tr aria-rowindex={index + 2}>
      {columns.map((column) => (
        <td key={column.name} class={column.isNumber ? "number" : ""}>
          {trial === undefined ? (
            <span class="soft">…</span>
          ) : column.name === "number" ? (
            <TrialLink study={study} number={trial.number} isRow />
          ) : column.name === "state" ? (
            <>
              <TrialStateWord state={trial.state} reason={trial.reason} />
              {trial.invalid !== null && <strong class="is-error"> invalid</strong>}
            </>
          ) : (
            <Cell text={column.text(trial)} />
          )}
        </td>
      ))}
    </tr>
  );
}

function Cell({ text }: { readonly text: string }) {
  return <span title={text.length > 14 ? text : undefined}>{text}</span>;
}
