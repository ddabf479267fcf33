// Ways to damage the bytes of a database and of its log.

const PAGE = 4096;
const LOG_HEADER = 32;
const FRAME = PAGE + 24;

/** The bytes of a database and of the log beside it; the log is null if there is none. */
export interface Files {
  main: Buffer;
  log: Buffer | null;
}

/** Returns a number in [0, 1). */
export type Random = () => number;

/** Changes the files in place. @returns a description of the change. */
type Mutation = (files: Files, random: Random) => string;

export const MUTATIONS = {
  "one bit": (files, random) => bytes(files, random, 1, (byte) => byte ^ (1 << Math.floor(random() * 8))),
  "some bytes": (files, random) =>
    bytes(files, random, 1 + Math.floor(random() * 8), () => Math.floor(random() * 256)),
  "a row of bytes": (files, random) => {
    const { name, content } = pick(files, random);
    const at = Math.floor(random() * content.length);
    for (let i = at; i < Math.min(content.length, at + 16 + random() * 500); i++)
      content[i] = Math.floor(random() * 256);
    return `${name} from ${at}`;
  },
  "pages of zeros": (files, random) => pages(files, random, () => 0),
  "pages of noise": (files, random) => pages(files, random, () => Math.floor(random() * 256)),
  "a cut": (files, random) => {
    const { name, content } = pick(files, random);
    return cut(files, name, Math.floor(random() ** 0.3 * content.length));
  },
  "a cut at a page": (files, random) => {
    const { name, content } = pick(files, random);
    return cut(files, name, Math.max(0, content.length - PAGE * (1 + Math.floor(random() * 4))));
  },
  "swapped pages": (files, random) => {
    const { name, content } = pick(files, random);
    const [first, length] = name === "main" ? [0, PAGE] : [LOG_HEADER, FRAME];
    const count = Math.floor((content.length - first) / length);
    if (count < 2) return "nothing";
    const place = (): number => first + length * Math.floor(random() * count);
    const [a, b] = [place(), place()];
    const copy = Buffer.from(content.subarray(a, a + length));
    content.copy(content, a, b, b + length);
    copy.copy(content, b);
    return `${name} ${a} and ${b}`;
  },
  "the first page": firstPage,
  "the head of the log": (files, random) => {
    if (!files.log) return firstPage(files, random);
    const at = Math.floor(random() * LOG_HEADER);
    files.log[at]! ^= 1 << Math.floor(random() * 8);
    return `log ${at}`;
  },
} satisfies Readonly<Record<string, Mutation>>;

export type MutationKind = keyof typeof MUTATIONS;

function firstPage(files: Files, random: Random): string {
  const from = Math.floor(random() * 200);
  for (let i = from; i < from + 1 + random() * 100; i++) files.main[i] = Math.floor(random() * 256);
  return `main from ${from}`;
}

/** One of the two files, each with the same probability, whatever their sizes. */
function pick({ main, log }: Files, random: Random): { name: keyof Files; content: Buffer } {
  if (!log || log.length === 0) return { name: "main", content: main };
  return random() < 0.5 || main.length === 0
    ? { name: "log", content: log }
    : { name: "main", content: main };
}

function cut(files: Files, name: keyof Files, at: number): string {
  files[name] = Buffer.from(files[name]!.subarray(0, at));
  return `${name} at ${at}`;
}

function bytes(files: Files, random: Random, count: number, change: (byte: number) => number): string {
  const { name, content } = pick(files, random);
  const places = Array.from({ length: count }, () => Math.floor(random() * content.length));
  for (const at of places) content[at] = change(content[at]!);
  return `${name} ${places.join(" ")}`;
}

function pages(files: Files, random: Random, fill: () => number): string {
  const { name, content } = pick(files, random);
  const count = Math.ceil(content.length / PAGE);
  const places = Array.from(
    { length: 1 + Math.floor(random() * 2) },
    () => PAGE * Math.floor(random() * count),
  );
  for (const at of places) for (let i = at; i < Math.min(content.length, at + PAGE); i++) content[i] = fill();
  return `${name} ${places.join(" ")}`;
}
