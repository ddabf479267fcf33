import type { Distribution } from "../../../../core/space/distribution.ts";
import type { StudyHeadJson } from "../../../../report/page/page.ts";

/** What people have written for each param: a number as a text, of a choice its index; empty: the sampler chooses. */
export type Written = Readonly<Record<string, string>>;

/** What stands in the fields for params that a trial has. */
export function writtenOf(
  params: StudyHeadJson["params"],
  values: Readonly<Record<string, unknown>>,
): Written {
  return Object.fromEntries(
    params.map(({ name, distribution }) => [
      name,
      Object.hasOwn(values, name) ? textOf(distribution, values[name]) : "",
    ]),
  );
}

function textOf(distribution: Distribution, value: unknown): string {
  if (distribution.kind !== "categorical") return String(value);
  const index = (distribution.choices as readonly unknown[]).indexOf(value);
  return index < 0 ? "" : `${index}`;
}

/** The params that the fields say. What is no number is passed on as the text that it is, and refused by the server in words. */
export function givenParams(params: StudyHeadJson["params"], written: Written): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const param of params) {
    const text = written[param.name]?.trim() ?? "";
    if (text === "" || !isActive(param, params, written)) continue;
    const { distribution } = param;
    if (distribution.kind === "categorical") given[param.name] = distribution.choices[Number(text)];
    else given[param.name] = Number.isNaN(Number(text)) ? text : Number(text);
  }
  return given;
}

/** Whether a param exists beside what is written for those that it depends on; where nothing is written it may. */
export function isActive(
  { when }: StudyHeadJson["params"][number],
  params: StudyHeadJson["params"],
  written: Written,
): boolean {
  return when.every(({ param, values }) => {
    const parent = params.find(({ name }) => name === param);
    const text = written[param]?.trim() ?? "";
    if (!parent || text === "") return true;
    const { distribution } = parent;
    const value = distribution.kind === "categorical" ? distribution.choices[Number(text)] : Number(text);
    return values.some((each) => each === value) && isActive(parent, params, written);
  });
}
