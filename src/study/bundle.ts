import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type BuildResult, build, type Message, type Plugin } from "esbuild";
import { BelayError, show } from "../core/error.ts";
import { keepLocation } from "./keep-location.ts";
import { resolveImports } from "./resolve-imports.ts";

/** A study file as plain JavaScript that a worker can import. */
export interface StudyBundle {
  /** The bundle, an .mjs file whose name has part of the hash. */
  readonly file: string;
  /** sha256 of the study's own sources, as 64 hexadecimal digits: equal wherever the sources lie. */
  readonly hash: string;
  /** The hash that the same sources had where the file lay before it was moved or renamed; else `hash`. */
  readonly hashBefore: string;
  /** The study's own sources, absolute. */
  readonly inputs: readonly string[];
  /** What the file holds. */
  readonly content: Uint8Array;
}

/** Where Belay's own code is: `src`, or `dist` once built. */
const OWN_CODE = fileURLToPath(new URL("..", import.meta.url));

/**
 * Bundles a study file, TypeScript or JavaScript, with everything it imports by a relative path. Packages stay outside:
 * they are imported from where the study file finds them; `belay` and TensorFlow are the running copies.
 * `import.meta.url` keeps its meaning, and stack traces name the original lines.
 *
 * @param file - The study file.
 * @param outDir - Where the bundle is written; made if it does not exist.
 * @param before - Where the file lay before, absolute.
 * @throws BelayError `usage`: no such file, or a folder. `study`: it does not compile, or an import is not found.
 */
export async function bundleStudy(file: string, outDir: string, before?: string): Promise<StudyBundle> {
  const entry = resolve(file);
  await checkFile(file, entry);
  const outFile = join(resolve(outDir), "study.mjs");
  const read = new Set<string>();
  const result = await compile(file, entry, outFile, read);
  // Belay's own files are read only when it runs from its sources; they are no part of the study.
  const inputs = [...read].filter((path) => !path.startsWith(OWN_CODE)).sort();
  const hash = await hashSources(entry, inputs);
  const hashBefore = before === undefined ? hash : await hashSources(entry, inputs, before);
  const target = join(resolve(outDir), `${basename(entry).replace(/\.\w+$/, "")}-${hash.slice(0, 12)}.mjs`);
  const bundle = { file: target, hash, hashBefore, inputs, content: result.outputFiles[0]!.contents };
  writeBundle(bundle);
  return bundle;
}

/** Writes the bundle's file again if it is gone: a temporary file may be taken by whoever tidies up. Whether it was. */
export function renewBundle(bundle: StudyBundle): boolean {
  if (statSync(bundle.file, { throwIfNoEntry: false })?.size === bundle.content.length) return false;
  writeBundle(bundle);
  return true;
}

function writeBundle({ file, content }: StudyBundle): void {
  // A launch beside this one may be reading the same bundle: it must never see half of it.
  const draft = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(draft, content);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    const state = `the study's bundle cannot be written there: ${(error as Error).message}`;
    const advice = "free some room, or name another folder in the environment, as in TMPDIR=/var/tmp";
    throw new BelayError("setup", `${file}: ${state}; ${advice}`, { cause: error });
  }
}

async function checkFile(file: string, entry: string): Promise<void> {
  const found = await stat(entry).catch(() => null);
  if (!found) throw new BelayError("usage", `${file}: expected a study file, got no such file`);
  if (!found.isFile()) throw new BelayError("usage", `${file}: expected a study file, got a folder`);
  if (!/\.[cm]?[jt]s$/.test(entry)) {
    throw new BelayError(
      "usage",
      `${file}: expected a study file (.ts, .mts, .cts, .js, .mjs, .cjs), got ${show(basename(entry))}`,
    );
  }
}

type Compiled = BuildResult<{ write: false }>;

async function compile(file: string, entry: string, outFile: string, read: Set<string>): Promise<Compiled> {
  try {
    return await build({
      entryPoints: [entry],
      outfile: outFile,
      absWorkingDir: process.cwd(),
      bundle: true,
      write: false,
      platform: "node",
      format: "esm",
      target: "node20",
      // Only what Node itself looks for: esbuild would add "module", which may point to files that Node cannot load.
      conditions: ["node-addons"],
      sourcemap: "inline",
      sourcesContent: false,
      logLevel: "silent",
      banner: {
        // CommonJS files that the study imports by a relative path may `require` packages.
        js: `import { createRequire as belayCreateRequire } from "node:module"; const require = belayCreateRequire(${JSON.stringify(pathToFileURL(entry).href)});`,
      },
      plugins: [noteReads(read), resolveImports(OWN_CODE), keepLocation()],
    });
  } catch (error) {
    const first = error instanceof Error && "errors" in error ? (error.errors as Message[])[0] : undefined;
    throw new BelayError("study", first ? compileFault(file, entry, first) : `${file}: ${show(error)}`, {
      cause: error,
    });
  }
}

/** `studies/x.ts:3:14: Expected ";" but found "y"`; columns count from 1, as editors do. */
function compileFault(file: string, entry: string, { text, location }: Message): string {
  if (!location) return `${file}: ${text}`;
  const name = resolve(location.file) === entry ? file : location.file;
  return `${name}:${location.line}:${location.column + 1}: ${text.replace(/\s+/g, " ")}`;
}

/** Notes every file that is read: the metafile's names carry import attributes, and are no paths then. */
function noteReads(read: Set<string>): Plugin {
  return {
    name: "note-reads",
    setup({ onLoad }) {
      onLoad({ filter: /.*/, namespace: "file" }, ({ path }) => {
        read.add(path);
        return null;
      });
    },
  };
}

/**
 * The sources by their places relative to the study file, in the order of their paths.
 *
 * @param at - Where the study file is taken to lie: names and order are then those of that place.
 */
async function hashSources(entry: string, inputs: readonly string[], at = entry): Promise<string> {
  const [here, there] = [dirname(entry), dirname(at)];
  const sources = inputs
    .map((path) => ({ path, at: path === entry ? at : join(there, relative(here, path)) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  const hash = createHash("sha256");
  for (const source of sources) {
    const content = await readFile(source.path);
    hash.update(`${relative(there, source.at).split(sep).join("/")} ${content.length}\n`);
    hash.update(content);
  }
  return hash.digest("hex");
}
