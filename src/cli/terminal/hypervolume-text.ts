import { formatValue } from "../../core/units.ts";
import type { GrowthJson, HypervolumeJson } from "../../report/front.ts";

/** The hypervolume of a front, and up to where it is measured. */
export function hypervolumeText({ value, reference }: HypervolumeJson): string {
  return `hypervolume ${sizeText(value)} up to ${pointText(reference)}`;
}

/** How the hypervolume has grown, and up to where it is measured. */
export function growthText({ reference }: HypervolumeJson, growth: readonly GrowthJson[]): string {
  const steps = growth.map(({ trials, value }) => `${sizeText(value)} after ${trials}`);
  return `hypervolume up to ${pointText(reference)}: ${steps.join(", ")} trials`;
}

function sizeText(value: number | null): string {
  return value === null ? "(not computed: too many objectives)" : formatValue(value);
}

function pointText(reference: readonly number[] | null): string {
  return `(${(reference ?? []).map(formatValue).join(", ")})`;
}
