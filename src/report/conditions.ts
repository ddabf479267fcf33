import { type Choice, decode } from "../core/space/distribution.ts";
import type { Space, SpaceParam } from "../core/space/space.ts";

/** A condition under which a param exists: its parent `param` has one of these values. */
export interface ConditionJson {
  readonly param: string;
  readonly values: readonly Choice[];
}

/** Decodes the conditions of a param; a space stores a choice as its index. */
export function conditionsOf(space: Space, when: SpaceParam["when"]): ConditionJson[] {
  return when.map(({ parent, values }) => {
    const { name, distribution } = space.params[parent]!;
    return { param: name, values: values.map((value) => decode(distribution, value)) };
  });
}

/** The text of a condition, such as `optimizer = sgd or adam`. */
export function conditionText({ param, values }: ConditionJson): string {
  return `${param} = ${values.map(String).join(" or ")}`;
}
