// What may happen to the bytes of a database and of its log.

const PAGE = 4096;
const LOG_HEADER = 32;
const FRAME = PAGE + 24;

/** Each changes the files in place, given as `{ main, log }` (buffers; `log` may be null), and says what it did. */
export const MUTATIONS = {
  "one bit": (files, random) => bytes(files, random, 1, (byte) => byte ^ (1 << Math.floor(random() * 8))),
  "some bytes": (files, random) =>
    bytes(files, random, 1 + Math.floor(random() * 8), () => Math.floor(random() * 256)),
  "a row of bytes": (files, random) => {
    const name = pick(files, random);
    const at = Math.floor(random() * files[name].length);
    for (let i = at; i < Math.min(files[name].length, at + 16 + random() * 500); i++)
      files[name][i] = Math.floor(random() * 256);
    return `${name} from ${at}`;
  },
  "pages of zeros": (files, random) => pages(files, random, () => 0),
  "pages of noise": (files, random) => pages(files, random, () => Math.floor(random() * 256)),
  "a cut": (files, random) => {
    const name = pick(files, random);
    const at = Math.floor(random() ** 0.3 * files[name].length);
    files[name] = Buffer.from(files[name].subarray(0, at));
    return `${name} at ${at}`;
  },
  "a cut at a page": (files, random) => {
    const name = pick(files, random);
    const at = Math.max(0, files[name].length - PAGE * (1 + Math.floor(random() * 4)));
    files[name] = Buffer.from(files[name].subarray(0, at));
    return `${name} at ${at}`;
  },
  "swapped pages": (files, random) => {
    const name = pick(files, random);
    const [first, length] = name === "main" ? [0, PAGE] : [LOG_HEADER, FRAME];
    const count = Math.floor((files[name].length - first) / length);
    if (count < 2) return "nothing";
    const [a, b] = [0, 1].map(() => first + length * Math.floor(random() * count));
    const copy = Buffer.from(files[name].subarray(a, a + length));
    files[name].copy(files[name], a, b, b + length);
    copy.copy(files[name], b);
    return `${name} ${a} and ${b}`;
  },
  "the first page": (files, random) => {
    const from = Math.floor(random() * 200);
    for (let i = from; i < from + 1 + random() * 100; i++) files.main[i] = Math.floor(random() * 256);
    return `main from ${from}`;
  },
  "the head of the log": (files, random) => {
    if (!files.log) return MUTATIONS["the first page"](files, random);
    const at = Math.floor(random() * LOG_HEADER);
    files.log[at] ^= 1 << Math.floor(random() * 8);
    return `log ${at}`;
  },
};

/** The log is larger or smaller than the file; each is as likely. */
function pick(files, random) {
  if (!files.log || files.log.length === 0) return "main";
  return random() < 0.5 || files.main.length === 0 ? "log" : "main";
}

function bytes(files, random, count, change) {
  const name = pick(files, random);
  const places = Array.from({ length: count }, () => Math.floor(random() * files[name].length));
  for (const at of places) files[name][at] = change(files[name][at]);
  return `${name} ${places.join(" ")}`;
}

function pages(files, random, fill) {
  const name = pick(files, random);
  const count = Math.ceil(files[name].length / PAGE);
  const places = Array.from(
    { length: 1 + Math.floor(random() * 2) },
    () => PAGE * Math.floor(random() * count),
  );
  for (const at of places)
    for (let i = at; i < Math.min(files[name].length, at + PAGE); i++) files[name][i] = fill();
  return `${name} ${places.join(" ")}`;
}
