import { useState } from "preact/hooks";
import { describe } from "../../../../core/space/distribution.ts";
import type { StudyHeadJson } from "../../../../report/page/page.ts";
import { enqueueAction } from "./action.ts";
import { ActionForm } from "./dialog.tsx";
import { givenParams, isActive, writtenOf } from "./given-params.ts";

/** Has params tried next. @param from - The params that stand in the fields at first. */
export function EnqueueForm(props: {
  readonly study: string;
  readonly head: StudyHeadJson;
  readonly from: Readonly<Record<string, unknown>>;
}) {
  const { study, head, from } = props;
  const { params } = head;
  const [written, setWritten] = useState(() => writtenOf(params, from));
  const [add, setAdd] = useState(false);
  return (
    <ActionForm study={study} action={enqueueAction(study, givenParams(params, written), add)}>
      <div class="fields">
        {params.map((param) => {
          const { name, distribution } = param;
          const isOff = !isActive(param, params, written);
          const write = (text: string): void => setWritten({ ...written, [name]: text });
          return (
            <div class="field" key={name}>
              <label for={`param-${name}`} title={name}>
                {name}
              </label>
              {distribution.kind === "categorical" ? (
                <select
                  id={`param-${name}`}
                  value={written[name] ?? ""}
                  disabled={isOff}
                  onChange={(event) => write(event.currentTarget.value)}
                >
                  <option value="">the sampler chooses</option>
                  {distribution.choices.map((choice, i) => (
                    <option key={`${i}`} value={`${i}`}>
                      {String(choice)}
                    </option>
                  ))}
                </select>
              ) : (
                <input
                  id={`param-${name}`}
                  type="text"
                  inputMode="decimal"
                  autocomplete="off"
                  value={written[name] ?? ""}
                  disabled={isOff}
                  placeholder="the sampler chooses"
                  onInput={(event) => write(event.currentTarget.value)}
                />
              )}
              <small class="soft">
                {isOff ? "does not exist beside the others" : describe(distribution)}
              </small>
            </div>
          );
        })}
      </div>
      <label class="check">
        <input type="checkbox" checked={add} onChange={(event) => setAdd(event.currentTarget.checked)} /> one
        trial more in all
      </label>
    </ActionForm>
  );
}
