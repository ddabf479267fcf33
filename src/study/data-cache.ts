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

/** What the data cache of a study needs. */
export interface DataCacheOptions {
  /** Folder of the cache; null: nothing is kept. */
  readonly folder: string | null;
  /** The seed that `data` received. It is part of the key when the text of `load` mentions a seed. */
  readonly seed: number;
  /** Writes a line to the log. */
  readonly note: (text: string) => void;
}

/** Files of a data set that were not opened for this long are removed when a new one is written. */
const UNUSED_MS = 30 * 86_400_000;
/** Temporary files of this age are removed too: the process that wrote them is gone. */
const DRAFT_MS = 86_400_000;
/** Sources of at least this size are hashed once, and recognised by size and times afterwards. */
const STAMPED_BYTES = 4_000_000;
/** The largest file that one read can take. */
const LARGEST_BYTES = 2 ** 31 - 1;
/** A file that changed within this time could change again without a new time stamp. */
const SETTLED_MS = 2_000;

/**
 * Opens a prepared data set from the cache, or makes it and keeps it there. Its key is a hash of its name, of the files
 * and values from which it is made, and of the text of `load`. A file that is damaged or cut short is made again. If
 * the folder cannot be written, the data set is made again each time. Any number of hosts may call this at once.
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
  // Every host works with decoded data, so that it makes no difference who made the data set.
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
  // Data of one seed must never be taken for that of another. The bundler may rename `seed` to `seed2`.
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

/**
 * The hash of a large file. It is read from a stamp file, which was written when the source was hashed last, if path,
 * size, times and inode are still the same.
 */
async function stampedHash(path: string, stats: Stats, folder: string): Promise<string> {
  const { size: bytes, mtimeMs, ctimeMs, ino } = stats;
  const identity = JSON.stringify([path, bytes, mtimeMs, ctimeMs, ino]);
  const stamp = join(folder, `${createHash("sha256").update(path).digest("hex").slice(0, 16)}.source`);
  const kept = await readFile(stamp, "utf8").catch(() => "");
  const [stamped, hash] = kept.split("\n");
  if (stamped === identity && hash?.length === 64) return hash;
  const fresh = await hashFile(path);
  if (Date.now() - Math.max(mtimeMs, ctimeMs) > SETTLED_MS)
    await writeWhole(stamp, `${identity}\n${fresh}\n`).catch(() => {});
  return fresh;
}

async function openFile(
  path: string,
  key: string,
  note: (text: string) => void,
): Promise<{ readonly data: unknown; readonly bytes: number } | null> {
  try {
    const read = readFileSync(path); // several times as quick as an asynchronous read, and nothing else runs meanwhile
    // The arrays will be views of this memory, so it must be an aligned buffer that nothing else shares.
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

/** Writes a file under a temporary name and renames it, so that nobody who opens `path` finds half a file. */
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

/** Removes other versions of the data set that were not opened for long, and temporary files of killed processes. */
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
