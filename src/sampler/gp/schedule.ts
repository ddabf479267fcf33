/** Up to this many observations the parameters are fitted anew for each one. */
const ALWAYS = 20;
/** From there on they are fitted anew when the number has grown by one part in this many. */
const SHARE = 12;
/** Which observations are in the model is chosen anew after so many at the latest. */
const LONGEST = 40;

/**
 * With how many of `count` observations the parameters are fitted: the last point of a schedule that `count` has reached.
 * The schedule depends on nothing but the number, so that a study that was killed and resumed has the model of an
 * undisturbed one.
 */
export function fittedAt(count: number): number {
  if (count <= ALWAYS) return count;
  let at = ALWAYS;
  for (;;) {
    const next = at + Math.ceil(at / SHARE);
    if (next > count) return at;
    at = next;
  }
}

/**
 * From how many of `count` observations those in the model are chosen. Later ones are appended to the model that there is.
 */
export function chosenAt(count: number): number {
  const fitted = fittedAt(count);
  return count - ((count - fitted) % LONGEST);
}

/**
 * Chooses at most `most` of the observations, so that the model stays quick: half are the best, a quarter the newest, and
 * the others are spread evenly over the rest. They keep their order.
 *
 * @param merits - Of each observation; smaller is better.
 */
export function choose(merits: ArrayLike<number>, count: number, most: number): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  if (count <= most) return all;
  const best = [...all].sort((a, b) => merits[a]! - merits[b]! || a - b).slice(0, most >> 1);
  const newest = all.slice(count - (most >> 2));
  const chosen = new Set([...best, ...newest]);
  const rest = all.filter((i) => !chosen.has(i));
  const open = most - chosen.size;
  for (let k = 0; k < open; k++) chosen.add(rest[Math.floor((k * rest.length) / open)]!);
  return [...chosen].sort((a, b) => a - b);
}
