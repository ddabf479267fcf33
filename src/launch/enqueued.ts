import { BelayError } from "../core/error.ts";
import { type Params, type Space, toRow } from "../core/space/space.ts";

/** Values of some params of a space, by name, that a person wants to be tried; the sampler chooses the others. */
export type GivenParams = Readonly<Record<string, unknown>>;

/** Reads params from texts of JSON. @throws BelayError `usage` when a text is no JSON object. */
export function parseParams(option: string, texts: readonly string[]): GivenParams[] {
  return texts.map((text) => {
    let params: unknown;
    try {
      params = JSON.parse(text);
    } catch {
      params = null;
    }
    if (params !== null && typeof params === "object" && !Array.isArray(params)) return params as GivenParams;
    throw new BelayError(
      "usage",
      `${option}: expected a JSON object such as '{"learningRate":0.01}', got ${JSON.stringify(text)}`,
    );
  });
}

/** Checks params that are to be tried first. @throws BelayError `usage` that names the wrong param. */
export function checkEnqueued(space: Space, given: readonly GivenParams[]): readonly Params[] {
  for (const params of given) toRow(space, params);
  return given as readonly Params[];
}
