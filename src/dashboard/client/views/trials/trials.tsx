import { useEffect, useMemo, useState } from "preact/hooks";
import type { StudyHeadJson } from "../../../../report/page/page.ts";
import { api } from "../../data/api.ts";
import { CopyText } from "../../parts/copy.tsx";
import { FilterBar } from "../../parts/filter-bar.tsx";
import { addressOf, go, queryValue, setQuery } from "../../state/address.ts";
import { command } from "../../state/app.ts";
import { rowOf } from "../../state/column-store.ts";
import type { StudyData } from "../../state/study-data.ts";
import { brushWhere, useBrush } from "./brush.ts";
import { shownColumns, type TableColumn, tableColumns } from "./columns.ts";
import { readSort, type SortKey, sortWord } from "./sort-keys.ts";
import { TrialTable } from "./table.tsx";

/** The table of trials. */
export function Trials({ data }: { readonly data: StudyData }) {
  const head = data.head.value;
  data.column("number");
  useBrush(data);
  return (
    <div class="fills">
      <h1 class="hidden">Trials of {data.name}</h1>
      <FilterBar data={data} />
      {head && <TableWithTools data={data} head={head} />}
    </div>
  );
}

function TableWithTools({ data, head }: { readonly data: StudyData; readonly head: StudyHeadJson }) {
  const all = useMemo(() => tableColumns(head), [head.params, head.directions.length]);
  const sort = readSort(queryValue("sort"));
  const columns = shownColumns(all, queryValue("columns"));
  const [jump, setJump] = useState<{ readonly row: number } | null>(null);
  return (
    <>
      <div class="tools-row">
        <ColumnChooser all={all} shown={columns} />
        <GoTo data={data} sort={sort} jump={setJump} />
        <Downloads data={data} />
      </div>
      <TrialTable data={data} columns={columns} all={all} sort={sort} jump={jump} />
      <p class="small-text">
        The same in a terminal: <CopyText text={commandOf(data, sort)} label="the command" />
      </p>
    </>
  );
}

function ColumnChooser(props: {
  readonly all: readonly TableColumn[];
  readonly shown: readonly TableColumn[];
}) {
  const { all, shown } = props;
  const names = new Set(shown.map(({ name }) => name));
  const toggle = (name: string): void => {
    if (!names.delete(name)) names.add(name);
    setQuery({ columns: all.flatMap((each) => (names.has(each.name) ? each.name : [])).join(",") });
  };
  return (
    <details class="menu">
      <summary>
        Columns <span class="soft">{shown.length}</span>
      </summary>
      <fieldset>
        <legend class="hidden">Columns of the table</legend>
        {all.slice(2).map(({ name, label }) => (
          <label key={name}>
            <input type="checkbox" checked={names.has(name)} onChange={() => toggle(name)} /> {label}
          </label>
        ))}
        <button type="button" class="small" onClick={() => setQuery({ columns: "" })}>
          As at first
        </button>
      </fieldset>
    </details>
  );
}

/**
 * Scrolls to a trial where the table is in the order of numbers, and opens it where it is not. A trial that is asked for
 * before the numbers have been read is gone to as soon as they are there.
 */
function GoTo(props: {
  readonly data: StudyData;
  readonly sort: readonly SortKey[];
  readonly jump: (to: { readonly row: number }) => void;
}) {
  const { data, sort, jump } = props;
  const numbers = data.column("number").value;
  const [sought, seek] = useState<number | null>(null);
  useEffect(() => {
    if (sought === null || !numbers) return;
    seek(null);
    const row = rowOf(numbers, sought);
    const visible = data.visible.peek();
    if (sort.length === 0 && row >= 0 && (visible === null || visible[row] === 1))
      jump({ row: visible === null ? row : visible.subarray(0, row).reduce((sum, one) => sum + one, 0) });
    else go(addressOf({ view: "trial", study: data.name, number: sought }));
  }, [sought, numbers]);
  const submit = (event: Event): void => {
    event.preventDefault();
    seek(Number((event.currentTarget as HTMLFormElement).querySelector("input")!.value));
  };
  return (
    <form class="go-to" onSubmit={submit}>
      <label>
        Go to trial <input type="number" min={0} step={1} required inputMode="numeric" />
      </label>
      <button type="submit">Go</button>
    </form>
  );
}

/** So many trials of a brush fit into an address and a command. */
const MOST_BRUSHED = 300;

/** What selects the trials that the table shows; null if a brush has chosen more than an address can name. */
function selectionOf(data: StudyData): string | null {
  const where = data.where.value.trim();
  const visible = data.selection.value === null ? null : data.visible.value;
  const numbers = data.column("number").value;
  const head = data.head.value;
  if (!visible || !numbers || !head) return where;
  const ranges = brushWhere(head);
  if (ranges) return where === "" ? ranges : `(${where}) and ${ranges}`;
  const chosen = [...numbers].filter((_, row) => visible[row] === 1);
  return chosen.length > MOST_BRUSHED ? null : `number in (${chosen.join(", ")})`;
}

function Downloads({ data }: { readonly data: StudyData }) {
  const where = selectionOf(data);
  if (where === null)
    return (
      <span class="soft">
        A brush of more than {MOST_BRUSHED} trials cannot be downloaded: clear it, and filter instead.
      </span>
    );
  return (
    <span class="downloads">
      Download{" "}
      {(["csv", "ndjson", "parquet"] as const).map((format) => (
        <a key={format} href={api.exportUrl(data.name, format, where)} download>
          {format}
        </a>
      ))}
    </span>
  );
}

/** What to type in a terminal for the same trials; it sorts by one column. */
function commandOf(data: StudyData, sort: readonly SortKey[]): string {
  const where = selectionOf(data) ?? data.where.value.trim();
  return command(
    "query",
    data.name,
    ...(where === "" ? [] : ["--where", where]),
    ...sort.slice(0, 1).flatMap((key) => ["--sort", sortWord(key)]),
  );
}
