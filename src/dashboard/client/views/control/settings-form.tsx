import { useState } from "preact/hooks";
import type { StudyHeadJson } from "../../../../report/page/page.ts";
import { bytesText, spanText } from "../../state/format.ts";
import { setAction } from "./action.ts";
import { ActionForm } from "./dialog.tsx";

/** A setting that can be changed while a study runs. */
interface Field {
  readonly key: string;
  readonly label: string;
  readonly hint: string;
  readonly now: (head: StudyHeadJson) => string;
}

const limit = (ms: number | null): string => (ms === null ? "none" : spanText(ms));

const FIELDS: readonly Field[] = [
  {
    key: "workers",
    label: "Trials at a time",
    hint: "a number, auto, low, medium or high",
    now: ({ settings }) => String(settings.workers?.value ?? "auto"),
  },
  { key: "trials", label: "Trials in all", hint: "a number", now: ({ target }) => `${target}` },
  {
    key: "splitTimeout",
    label: "Time for a split",
    hint: "such as 90s or 2m, auto, none",
    now: ({ limits }) => limit(limits.splitTimeoutMs),
  },
  {
    key: "trialTimeout",
    label: "Time for a trial",
    hint: "such as 30m, none",
    now: ({ limits }) => limit(limits.trialTimeoutMs),
  },
  {
    key: "memory",
    label: "Memory of a trial",
    hint: "such as 2GB",
    now: ({ limits }) => bytesText(limits.memoryBytes),
  },
  {
    key: "reserve",
    label: "Memory kept free",
    hint: "such as 1GB",
    now: ({ limits }) => bytesText(limits.reserveBytes),
  },
  {
    key: "stop",
    label: "Stop rule",
    hint: "such as no-improvement(trials=50), none",
    now: ({ settings }) => String(settings.stop?.value ?? "none"),
  },
];

/** Changes the workers, the limits and the length of a running study. */
export function SettingsForm({ study, head }: { readonly study: string; readonly head: StudyHeadJson }) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const changes = FIELDS.flatMap(({ key }) => {
    const value = values[key]?.trim() ?? "";
    return value === "" ? [] : [`${key}=${value}`];
  });
  return (
    <ActionForm study={study} action={setAction(study, changes)}>
      <div class="fields">
        {FIELDS.map(({ key, label, hint, now }) => (
          <label key={key}>
            <span>{label}</span>
            <input
              type="text"
              autocomplete="off"
              value={values[key] ?? ""}
              placeholder={`now ${now(head)}`}
              title={hint}
              onInput={(event) => setValues({ ...values, [key]: event.currentTarget.value })}
            />
            <small class="soft">{hint}</small>
          </label>
        ))}
      </div>
    </ActionForm>
  );
}
