/** Whether a trial is feasible: none of its constraints is above 0. A trial without constraints is feasible. */
export function isFeasible(constraints: readonly number[]): boolean {
  return constraints.every((constraint) => constraint <= 0);
}

/** How far a trial is from being feasible: the sum of its constraints above 0. */
export function violationOf(constraints: readonly number[]): number {
  return constraints.reduce((sum, constraint) => sum + Math.max(0, constraint), 0);
}
