import { useMemo } from "preact/hooks";
import { api } from "../data/api.ts";
import type { Frame } from "../data/frame.ts";
import { foundIn } from "./frame/analysis.tsx";
import { Choice } from "./frame/choices.tsx";
import type { PlotProps } from "./frame/plot-props.ts";
import { oneOf, type PlotSettings, rangeIn, rangeText, useSettings } from "./frame/settings.ts";
import { Shown } from "./frame/shown.tsx";
import { useAnswer } from "./frame/use-answer.ts";
import { Waiting } from "./frame/waiting.tsx";
import { machinePicture, memoryPicture, type NumberColumns } from "./pictures/memory.ts";

const HOURS = ["72", "24", "6", "1"] as const;

/** The memory of each slot over time against its limit, with what was killed, and that of the machine. */
export function Memory(props: PlotProps) {
  const { data } = props;
  const settings = useSettings(props.settings);
  const hours = oneOf(settings, "memory.hours", HOURS);
  const answered = useAnswer(`${data.name} ${hours}`, beats(props), async () => {
    const sinceMs = Date.now() - Number(hours) * 3_600_000;
    const [slots, machine, marks] = await Promise.all([
      ...([api.memory(data.name, sinceMs), api.machine(data.name, sinceMs)] as const),
      api.marks(data.name, sinceMs),
    ]);
    return { slots: numbersOf(slots), machine: numbersOf(machine), marks };
  });
  const leak = foundIn(data.analysis("memory").value);
  const zoomed = settings.get("memory.zoom");
  const picture = useMemo(
    () => answered.answer && memoryPicture({ ...answered.answer, leak, ...zoomOf(settings, "memory.zoom") }),
    [answered.answer, leak, zoomed],
  );
  if (!picture) return <Waiting answered={answered} />;
  return (
    <>
      <TimeChoices settings={settings} name="memory" hours={hours} zoomed={zoomed} />
      <Shown picture={picture} props={props} />
    </>
  );
}

/** How busy the machine was over time. */
export function Machine(props: PlotProps) {
  const { data } = props;
  const settings = useSettings(props.settings);
  const hours = oneOf(settings, "machine.hours", HOURS);
  const answered = useAnswer(`${data.name} ${hours}`, beats(props), async () =>
    numbersOf(await api.machine(data.name, Date.now() - Number(hours) * 3_600_000)),
  );
  const zoomed = settings.get("machine.zoom");
  const picture = useMemo(
    () =>
      answered.answer && machinePicture({ machine: answered.answer, ...zoomOf(settings, "machine.zoom") }),
    [answered.answer, zoomed],
  );
  if (!picture) return <Waiting answered={answered} />;
  return (
    <>
      <TimeChoices settings={settings} name="machine" hours={hours} zoomed={zoomed} />
      <Shown picture={picture} props={props} />
    </>
  );
}

/** A number that changes every half minute while the study runs, as often as its memory is recorded. */
function beats({ data }: PlotProps): number {
  return Math.floor((data.live.value?.atMs ?? 0) / 30_000);
}

function zoomOf(settings: PlotSettings, name: string) {
  return {
    range: rangeIn(settings, name),
    zoom: (range: readonly [number, number] | null) => settings.set(name, rangeText(range)),
  };
}

function TimeChoices({
  settings,
  name,
  hours,
  zoomed,
}: {
  readonly settings: PlotSettings;
  readonly name: string;
  readonly hours: string;
  readonly zoomed: string | null;
}) {
  const options = HOURS.map((value) => ({
    value,
    text: value === "1" ? "last hour" : `last ${value} hours`,
  }));
  return (
    <div class="plot-choices">
      <Choice {...{ settings, name: `${name}.hours`, label: "Time", options, value: hours }} />
      {zoomed && (
        <button type="button" onClick={() => settings.set(`${name}.zoom`, null)}>
          Show all
        </button>
      )}
    </div>
  );
}

/** The columns of a frame as numbers; a slot or a trial that is unknown is NaN. */
function numbersOf({ columns }: Frame): NumberColumns {
  return Object.fromEntries(
    [...columns].map(([name, { head, cells }]) => [
      name,
      head.type === "i4" ? Float64Array.from(cells, (cell) => (cell < 0 ? Number.NaN : cell)) : cells,
    ]),
  );
}
