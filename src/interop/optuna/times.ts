/** A time as Optuna stores it: local time, without a zone, to the microsecond. */
export function optunaTime(atMs: number): string {
  const at = new Date(atMs);
  const pad = (value: number, length = 2): string => String(value).padStart(length, "0");
  const date = `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return `${date} ${time}.${pad(at.getMilliseconds(), 3)}000`;
}

/** Reads such a time; parts of a millisecond are dropped. null stays null. */
export function atMsOf(text: string | null): number | null {
  if (text === null) return null;
  const atMs = Date.parse(text.replace(" ", "T").replace(/(\.\d{3})\d+$/, "$1"));
  return Number.isNaN(atMs) ? null : atMs;
}
