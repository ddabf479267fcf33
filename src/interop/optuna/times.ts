/** A time as Optuna stores it: local time, without a zone, to the microsecond. */
export function optunaTime(atMs: number): string {
  const at = new Date(atMs);
  const pad = (value: number, length = 2): string => String(value).padStart(length, "0");
  const date = `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  const time = `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
  return `${date} ${time}.${pad(at.getMilliseconds(), 3)}000`;
}
