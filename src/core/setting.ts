import type { Json } from "./trial.ts";

/** A setting and where it came from ("command line", "study file", "environment", "default"). */
export interface Setting {
  readonly value: Json;
  readonly source: string;
}
