import { createHash, randomUUID } from "node:crypto";
import { createReadStream, readFileSync, type Stats } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BelayError, show } from "../core/error.ts";
import { isName, NAME_RULE } from "../core/name.ts";
import { checkOptions } from "../core/options.ts";
import type { CacheOptions } from "../core/setup-context.ts";
import { formatFileSize, formatShortDuration } from "../core/units.ts";
import { decodeData, encodeData } from "./data-file.ts";

/** Where a cache lies, and who hears what it does. */
export interface DataCacheOptions {
  /** null: nothing is kept. */
  readonly folder: string | null;
  /** What `data` got: part of the key when the text of `load` has the word. */
  readonly seed: number;
  /** A line for the log. */
  readonly note: (text: string) => void;
}

/** Files of one name that nobody has opened for this long are removed when a new one is written. */
const UNUSED_MS = 30 * 86_400_000;
const DRAFT_MS = 86_400_000;
/** Larger sources are hashed once, and known by their size and times afterwards. */
const STAMPED_BYTES = 4_000_000;
/** What one read can take. */
const LARGEST_BYTES = 2 ** 31 - 1;
/** A file changed so recently could change again within the tick of its clock. */
const SETTLED_MS = 2_000;

/**
 * Opens a prepared data set, or makes and keeps it. It is known by its content: the files and values that it is made
 * from, and the text of `load`. A file that is damaged or cut short is made again; a folder that cannot be written
 * costs only the time. Any number of hosts may do this at once.
 *
 * @throws BelayError `study`: a wrong option, a source that cannot be read, data that cannot be stored. What `load`
 * throws passes through.
 */
export async function openCached<Data>(
  options: CacheOptions<Data>,
  { folder, seed, note }: DataCacheOptions,
): Promise<Data> {
  const { name, files, values, load } = checkCacheOptions(options);
  const what = `cached ${show(name)}`;
  const key = await contentKey(what, { name, files, values, load, folder, seed });
  const path = folder === null ? null : join(folder, `${name}-${key.slice(0, 16)}.data`);
  const began = performance.now();
  if (path !== null) {
    const opened = await openFile(path, key, (text) => note(`data ${show(name)}: ${text}`));
    if (opened) {
      note(
        `data ${show(name)}: opened ${path} (${formatFileSize(opened.bytes)}, ${formatShortDuration(performance.now() - began)})`,
      );
      return opened.data as Data;
    }
  }
  const bytes = encodeData(what, key, await load());
  // Every host works with what was read back, whether it made the data or found it.
  const { data } = decodeData(key, bytes)!;
  if (path === null) return data as Data;
  const made = `made in ${formatShortDuration(performance.now() - began)}`;
  try {
    if (bytes.length > LARGEST_BYTES)
      throw new Error(`${formatFileSize(bytes.length)} are more than the 2 GB of one file`);
    await writeWhole(path, bytes);
    note(`data ${show(name)}: ${made}, kept as ${path} (${formatFileSize(bytes.length)})`);
    await removeUnused(folder!, name, path);
  } catch (error) {
    note(`data ${show(name)}: ${made}, and not kept: ${(error as Error).message}`);
  }
  return data as Data;
}

function checkCacheOptions<Data>(options: CacheOptions<Data>): CacheOptions<Data> & {
  files: readonly (string | URL)[];
  values: readonly unknown[];
} {
  checkOptions("cached", options, ["name", "files", "values", "load"]);
  const { name, files = [], values = [], load } = options;
  const refuse = (field: string, expected: string, came: unknown): never => {
    throw new BelayError("study", `cached: ${field}: expected ${expected}, got ${show(came)}`);
  };
  if (!isName(name)) refuse("name", NAME_RULE, name);
  if (!Array.isArray(files)) refuse("files", "an array of file names and URLs", files);
  if (!Array.isArray(values)) refuse("values", "an array of values", values);
  if (typeof load !== "function") refuse("load", "a function", load);
  return { name, files, values, load };
}

async function contentKey(
  what: string,
  {
    name,
    files,
    values,
    load,
    folder,
    seed,
  }: ReturnType<typeof checkCacheOptions> & Omit<DataCacheOptions, "note">,
): Promise<string> {
  const hash = createHash("sha256");
  const feed = (text: string): void => void hash.update(`${text.length} ${text};`);
  feed(name);
  feed(String(load));
  // Data of one seed must never be taken for that of another. (The bundler may make `seed2` of `seed`.)
  if (/\bseed/i.test(String(load))) feed(`seed ${seed}`);
  hash.update(encodeData(`${what}: values`, "", values));
  for (const [i, file] of files.entries()) feed(await fileHash(`${what}: files[${i}]`, file, folder));
  return hash.digest("hex");
}

async function fileHash(what: string, file: string | URL, folder: string | null): Promise<string> {
  if (typeof file !== "string" && !(file instanceof URL && file.protocol === "file:"))
    throw new BelayError("study", `${what}: expected a file's name or file: URL, got ${show(file)}`);
  const path = typeof file === "string" ? resolve(file) : fileURLToPath(file);
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw new Error("it is no file");
    if (folder === null || stats.size < STAMPED_BYTES) return await hashFile(path);
    return await stampedHash(path, stats, folder);
  } catch (error) {
    throw new BelayError(
      "study",
      `${what}: expected a file that can be read, got ${show(path)} (${(error as Error).message.split(",")[0]})`,
    );
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** The hash of a large file from the stamp that was left when it was read last, if the file is still the same. */
async function stampedHash(path: string, stats: Stats, folder: string): Promise<string> {
  const { size: bytes, mtimeMs, ctimeMs, ino } = stats;
  const seen = JSON.stringify([path, bytes, mtimeMs, ctimeMs, ino]);
  const stamp = join(folder, `${createHash("sha256").update(path).digest("hex").slice(0, 16)}.source`);
  const kept = await readFile(stamp, "utf8").catch(() => "");
  const [told, hash] = kept.split("\n");
  if (told === seen && hash?.length === 64) return hash;
  const fresh = await hashFile(path);
  if (Date.now() - Math.max(mtimeMs, ctimeMs) > SETTLED_MS)
    await writeWhole(stamp, `${seen}\n${fresh}\n`).catch(() => {});
  return fresh;
}

async function openFile(
  path: string,
  key: string,
  note: (text: string) => void,
): Promise<{ readonly data: unknown; readonly bytes: number } | null> {
  try {
    const read = readFileSync(path); // several times as quick as the asynchronous one, and nothing else waits here
    // A buffer of its own, at its start: the arrays are views of it.
    const bytes =
      read.byteOffset === 0 && read.buffer instanceof ArrayBuffer
        ? new Uint8Array(read.buffer, 0, read.length)
        : Uint8Array.from(read);
    const found = decodeData(key, bytes);
    if (!found) {
      note(`${path} is damaged or cut short: making it again`);
      return null;
    }
    const now = new Date();
    await utimes(path, now, now).catch(() => {});
    return { data: found.data, bytes: bytes.length };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT")
      note(`${(error as Error).message}: making it again`);
    return null;
  }
}

/** Under a name of its own first: whoever opens `path` finds a whole file or none. */
async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  await mkdir(join(path, ".."), { recursive: true });
  try {
    await writeFile(draft, content, { flag: "wx" });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}

/** Other versions that have not been opened for long, and drafts of processes that were killed. */
async function removeUnused(folder: string, name: string, kept: string): Promise<void> {
  for (const file of await readdir(folder)) {
    const path = join(folder, file);
    const isVersion = file.startsWith(`${name}-`) && /^[0-9a-f]{16}\.data$/.test(file.slice(name.length + 1));
    const unusedMs = isVersion ? UNUSED_MS : file.endsWith(".tmp") ? DRAFT_MS : Number.POSITIVE_INFINITY;
    if (path === kept) continue;
    const found = await stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs > unusedMs) await rm(path, { force: true });
  }
}
