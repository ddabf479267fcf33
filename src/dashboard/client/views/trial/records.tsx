import type { TrialDetailJson } from "../../../../report/show.ts";
import { Scroll } from "../../parts/scroll.tsx";
import { Section } from "../../parts/section.tsx";
import { anyText, bytesText, NOTHING, spanText, timeText, valueText } from "../../state/format.ts";
import { factText } from "./ending.ts";

/** What a trial came to in each split. */
export function Splits(props: { readonly trial: TrialDetailJson; readonly directions: readonly string[] }) {
  const { trial, directions } = props;
  if (trial.splits.length === 0) return null;
  const count = Math.max(1, directions.length);
  return (
    <Section id="splits" title="Splits">
      <RecordTable
        label="Splits"
        heads={[
          "split",
          ...Array.from({ length: count }, (_, k) => (count > 1 ? `value ${k}` : "value")),
          "time",
          "memory",
        ]}
        rows={trial.splits.map(({ split, values, durationMs, rssBytes }) => [
          `${split}`,
          ...Array.from({ length: count }, (_, k) => valueText(values[k])),
          spanText(durationMs),
          bytesText(rssBytes),
        ])}
      />
    </Section>
  );
}

/** The executions of a trial. */
export function Attempts({ trial }: { readonly trial: TrialDetailJson }) {
  if (trial.attemptList.length === 0) return null;
  return (
    <Section id="attempts" title="Attempts">
      <RecordTable
        label="Attempts"
        heads={["attempt", "state", "splits", "slot", "host", "started", "time", "detail"]}
        rows={trial.attemptList.map((each) => [
          `${each.attempt}`,
          [each.state, each.reason, each.cause && `by ${each.cause}`].filter(Boolean).join(" "),
          each.splits.length === 0 ? NOTHING : each.splits.join(" "),
          anyText(each.slot ?? undefined),
          anyText(each.hostPid ?? undefined),
          timeText(each.startedAt),
          spanText(each.durationMs),
          each.detail === null
            ? ""
            : Object.entries(each.detail)
                .map(([key, value]) => factText(key, value).join(" "))
                .join(", "),
        ])}
      />
    </Section>
  );
}

const BYTES = /Bytes$/;

/** Every reading of the trial's memory. */
export function Memory({ trial }: { readonly trial: TrialDetailJson }) {
  const { memoryLog } = trial;
  if (memoryLog.length === 0) return null;
  // What no reading knows is left out.
  const keys = [...new Set(memoryLog.flatMap((reading) => Object.keys(reading)))].filter((key) =>
    memoryLog.some((reading) => reading[key] !== null && reading[key] !== undefined),
  );
  return (
    <Section id="memory" title="Memory readings">
      <MemoryCurve readings={memoryLog} />
      <RecordTable
        label="Memory readings"
        heads={keys.map((key) => key.replace(BYTES, ""))}
        rows={memoryLog.map((reading) =>
          keys.map((key) => {
            const value = reading[key];
            if (value === null || value === undefined) return NOTHING;
            if (key === "at") return timeText(String(value));
            return BYTES.test(key) && typeof value === "number" ? bytesText(value) : anyText(value);
          }),
        )}
      />
    </Section>
  );
}

/** The resident memory over the readings, between zero and the largest. */
function MemoryCurve({ readings }: { readonly readings: TrialDetailJson["memoryLog"] }) {
  const points = readings.flatMap(({ at, rssBytes }) =>
    typeof rssBytes === "number" ? [{ atMs: Date.parse(String(at)), bytes: rssBytes }] : [],
  );
  if (points.length < 3) return null;
  const top = most(points.map(({ bytes }) => bytes));
  const [from, to] = [points[0]!.atMs, points.at(-1)!.atMs];
  const x = (ms: number): number => ((ms - from) / Math.max(1, to - from)) * WIDTH;
  const line = points.map(
    ({ atMs, bytes }) => `${x(atMs).toFixed(1)},${(60 - (bytes / top) * 60).toFixed(1)}`,
  );
  const words = `${points.length} readings of the resident memory in ${spanText(to - from)}: from ${bytesText(points[0]!.bytes)} to ${bytesText(points.at(-1)!.bytes)}, at most ${bytesText(top)}`;
  return (
    <>
      <p class="small-text soft">{words}</p>
      <svg class="curves is-memory" viewBox={`-4 -4 ${WIDTH + 8} 68`} role="img" aria-label={words}>
        <polyline points={line.join(" ")} />
      </svg>
    </>
  );
}

const [WIDTH, HEIGHT] = [560, 140];

/** The values that the trial reported, as a curve of each split. */
export function Reports({ reports }: { readonly reports: TrialDetailJson["reports"] }) {
  const finite = reports.filter(({ value }) => value !== null && Number.isFinite(value));
  if (finite.length < 2) return null;
  const steps = finite.map(({ step }) => step);
  const values = finite.map(({ value }) => value!);
  const [first, last, low, high] = [least(steps), most(steps), least(values), most(values)];
  const x = (step: number): number => ((step - first) / Math.max(1e-300, last - first)) * WIDTH;
  const y = (value: number): number => HEIGHT - ((value - low) / Math.max(1e-300, high - low)) * HEIGHT;
  const curves = new Map<number, string>();
  for (const { split, step, value } of finite)
    curves.set(split, `${curves.get(split) ?? ""}${x(step).toFixed(1)},${y(value!).toFixed(1)} `);
  const words = `${finite.length} reports from step ${first} to ${last}, between ${valueText(low)} and ${valueText(high)}; the last is ${valueText(values.at(-1))}`;
  return (
    <Section id="reports" title="Reports" aside={<span class="soft small-text">{words}</span>}>
      <svg class="curves" viewBox={`-4 -4 ${WIDTH + 8} ${HEIGHT + 8}`} role="img" aria-label={words}>
        {[...curves].map(([split, points], i) => (
          <polyline key={split} points={points} class={`series-${(i % 7) + 1}`}>
            <title>split {split}</title>
          </polyline>
        ))}
      </svg>
      <details>
        <summary>Table</summary>
        <RecordTable
          label="Reports"
          heads={["split", "step", "value"]}
          rows={reports.map(({ split, step, value }) => [`${split}`, `${step}`, valueText(value)])}
        />
      </details>
    </Section>
  );
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));

function RecordTable(props: {
  readonly label: string;
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
}) {
  const { label, heads, rows } = props;
  return (
    <Scroll label={label}>
      <table class="records">
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={`${i}`}>
              {row.map((text, k) => (
                <td key={heads[k]}>{text}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
