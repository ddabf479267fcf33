import { BelayError, show } from "../core/error.ts";
import { isName, NAME_RULE } from "../core/name.ts";
import { decode } from "../core/space/distribution.ts";
import { compileSpace, type ParamDeclaration, type Space, type SpaceParam } from "../core/space/space.ts";

/** A param of this name would be lost on its way to `train`: assigning to it changes the prototype and adds no key. */
const UNUSABLE = "__proto__";

/**
 * Reads the space of a study file: checks it, and puts parents before children.
 *
 * @throws BelayError `study`: no params, something that is no param, a bad range or condition, or a param that can
 * never exist.
 */
export function readSpace(value: unknown): Space {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    const came = value === undefined ? "nothing" : show(value);
    throw new BelayError(
      "study",
      `space: expected params such as { learningRate: float(0.001, 0.1) }, got ${came}`,
    );
  }
  const declared: Record<string, ParamDeclaration> = {};
  // In `{ __proto__: float(0, 1) }` it is no key of the object, but its prototype.
  const lost = isDeclaration(Object.getPrototypeOf(value)) ? [UNUSABLE] : [];
  for (const name of [...lost, ...Object.keys(value)])
    if (name === UNUSABLE)
      throw new BelayError("study", `space: expected a name that an object can hold, got ${show(name)}`);
  for (const [name, param] of Object.entries(value)) {
    if (!isName(name))
      throw new BelayError("study", `space: expected a name of ${NAME_RULE}, got ${show(name)}`);
    if (!isDeclaration(param)) {
      throw new BelayError(
        "study",
        `space.${name}: expected float(), int() or categorical(), got ${show(param)}`,
      );
    }
    declared[name] = param;
  }
  const space = compileSpace(declared);
  if (space.params.length === 0)
    throw new BelayError("study", "space: expected at least one param, got none");
  for (const param of space.params) checkReachable(space, param);
  return space;
}

function isDeclaration(value: unknown): value is ParamDeclaration {
  if (value === null || typeof value !== "object") return false;
  if (!("distribution" in value) || !("conditions" in value)) return false;
  const { distribution, conditions } = value;
  return distribution !== null && typeof distribution === "object" && Array.isArray(conditions);
}

/** Refuses a param that can never exist, because its conditions and those of its parents exclude each other. */
function checkReachable(space: Space, param: SpaceParam): void {
  const allowed = new Map<number, readonly number[]>();
  const need = ({ when }: SpaceParam): void => {
    for (const { parent, values } of when) {
      const before = allowed.get(parent);
      const both = before ? values.filter((value) => before.includes(value)) : values;
      if (before && both.length === 0) {
        const { name, distribution } = space.params[parent]!;
        const shown = (side: readonly number[]): string =>
          side.map((value) => show(decode(distribution, value))).join(" or ");
        const came = `${name} = ${shown(before)} and ${name} = ${shown(values)}`;
        throw new BelayError(
          "study",
          `space.${param.name}: when: expected conditions that can hold together, got ${came}`,
        );
      }
      allowed.set(parent, both);
      need(space.params[parent]!);
    }
  };
  need(param);
}
