import { useEffect, useState } from "preact/hooks";
import type { LiveJson, LiveSlotJson } from "../../../../report/page/page.ts";
import { Bar } from "../../parts/bar.tsx";
import { TrialLink } from "../../parts/link.tsx";
import { Empty, Section } from "../../parts/section.tsx";
import { bytesText, shareText, spanText } from "../../state/format.ts";
import type { StudyData } from "../../state/study-data.ts";
import { killAction } from "../control/action.ts";
import { ask } from "../control/dialog.tsx";

/** What runs now, against its limits, and what waits for what. */
export function Slots({ data }: { readonly data: StudyData }) {
  const live = data.live.value;
  const now = useClock(live?.owner != null);
  if (!live) return null;
  if (!live.owner)
    return (
      <Section id="slots" title="Running now">
        <Empty>Nobody runs this study.</Empty>
      </Section>
    );
  // Times are told by the clock of the server, which may differ from that of the browser.
  const shift = live.atMs - (arrivals.get(live) ?? remember(live));
  return (
    <Section id="slots" title="Running now" aside={<Machine live={live} />}>
      <ul class="slots">
        {live.slots.map((slot) => (
          <Slot key={slot.slot} slot={slot} study={data.name} now={now + shift} />
        ))}
      </ul>
      {live.slots.length === 0 && <Empty>No slot runs a trial at the moment.</Empty>}
      <Waiting live={live} study={data.name} />
    </Section>
  );
}

/** When each answer came, by the clock of the browser. */
const arrivals = new WeakMap<LiveJson, number>();

function remember(live: LiveJson): number {
  const now = Date.now();
  arrivals.set(live, now);
  return now;
}

function Slot(props: { readonly slot: LiveSlotJson; readonly study: string; readonly now: number }) {
  const { slot, study, now } = props;
  const { trial, attempt, finishedSplits, splits, rssBytes, memoryLimitBytes } = slot;
  return (
    <li>
      <span class="slot-name">slot {slot.slot}</span>
      {trial === null ? (
        <span class="soft">free</span>
      ) : (
        <span>
          <TrialLink study={study} number={trial} /> split {Math.min(finishedSplits + 1, splits)} of {splits}
          {attempt !== null && attempt > 1 ? `, attempt ${attempt}` : ""}{" "}
          <button
            type="button"
            class="small"
            aria-label={`Kill trial ${trial}`}
            onClick={() => ask(study, killAction(study, trial))}
          >
            kill …
          </button>
        </span>
      )}
      {trial !== null && (
        <span class="slot-bars">
          <Elapsed
            label="Time of the split"
            since={slot.splitSinceMs}
            limit={slot.splitTimeoutMs}
            now={now}
            what="split"
          />
          <Elapsed
            label="Time of the trial"
            since={slot.trialSinceMs}
            limit={slot.trialTimeoutMs}
            now={now}
            what="trial"
          />
        </span>
      )}
      {rssBytes !== null && (
        <Bar
          share={memoryLimitBytes ? rssBytes / memoryLimitBytes : 0}
          label={`Memory of slot ${slot.slot}`}
          text={
            memoryLimitBytes
              ? `${bytesText(rssBytes)} of ${bytesText(memoryLimitBytes)}`
              : bytesText(rssBytes)
          }
          kind={memoryLimitBytes !== null && rssBytes > 0.85 * memoryLimitBytes ? "fail" : "complete"}
        />
      )}
    </li>
  );
}

function Elapsed(props: {
  readonly label: string;
  readonly what: string;
  readonly since: number | null;
  readonly limit: number | null;
  readonly now: number;
}) {
  const { label, what, since, limit, now } = props;
  if (since === null) return null;
  const ms = Math.max(0, now - since);
  if (limit === null)
    return (
      <span class="small-text">
        {what} {spanText(ms)}
      </span>
    );
  return (
    <Bar
      share={ms / limit}
      label={label}
      text={`${what} ${spanText(ms)} of ${spanText(limit)}`}
      kind={ms > 0.85 * limit ? "fail" : "running"}
    />
  );
}

function Machine({ live }: { readonly live: LiveJson }) {
  const { metrics } = live;
  if (!metrics) return null;
  const { slotsBusy, slots, cpu, memoryAvailable, trialsPerMinute, breaker } = metrics;
  return (
    <span class="soft small-text">
      {slotsBusy} of {slots} slots busy
      {cpu !== null && `, processors ${shareText(cpu)}`}
      {memoryAvailable !== null && `, ${bytesText(memoryAvailable)} available`}
      {trialsPerMinute > 0 && `, ${Number(trialsPerMinute.toPrecision(2))} trials a minute`}
      {breaker !== "closed" && breaker !== "off" && <strong class="is-error"> breaker {breaker}</strong>}
    </span>
  );
}

function Waiting({ live, study }: { readonly live: LiveJson; readonly study: string }) {
  const { waiting, state } = live;
  return (
    <>
      {state === "paused" && (
        <p class="banner is-warning">Paused: no new trials start until it is resumed.</p>
      )}
      {waiting.length > 0 && (
        <ul class="waiting" aria-label="Trials that wait">
          {waiting.map(({ number, why }) => (
            <li key={number}>
              <TrialLink study={study} number={number} /> waits for {why}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The time of the browser, which goes on each second while something runs. */
function useClock(runs: boolean): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [runs]);
  return now;
}
