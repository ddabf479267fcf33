import { createHash } from "node:crypto";
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type BuildResult, build, type Message, type Plugin } from "esbuild";
import { BelayError, show } from "../core/error.ts";
import { keepLocation } from "./keep-location.ts";
import { resolveImports } from "./resolve-imports.ts";
import { TEXT_STUDY, textStudy } from "./text/text-study.ts";

/** How the name of a study file can end. */
export const STUDY_FILES = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".yaml", ".yml", ".json"] as const;

/** A study file as plain JavaScript that a worker can import. */
export interface StudyBundle {
  /** Path of the bundle, an .mjs file with part of the hash in its name. */
  readonly file: string;
  /** SHA-256 of the study's own sources, as 64 hexadecimal digits: equal wherever the sources are. */
  readonly hash: string;
  /** The hash that the same sources had before the study file was moved or renamed; else `hash`. */
  readonly hashBefore: string;
  /** Absolute paths of the study's own sources. */
  readonly inputs: readonly string[];
  /** Content of the bundle. */
  readonly content: Uint8Array;
  /** Of a study in YAML or JSON: puts the place before the message of an error that is about one of its fields. */
  readonly locate?: (message: string) => string;
}

/** The folder of Belay's own code: `src`, or `dist` once built. */
const OWN_CODE = fileURLToPath(new URL("..", import.meta.url));

/**
 * Bundles a study file: TypeScript or JavaScript, or YAML or JSON, which becomes a module. A module is bundled with everything it imports by a relative path. Packages stay outside:
 * they are imported from where the study file finds them, except that `belay` and TensorFlow are the copies that run
 * now. `import.meta.url` keeps its meaning, and stack traces name the original lines.
 *
 * @param file - The study file.
 * @param outDir - The folder for the bundle, which is made if it does not exist.
 * @param before - The absolute path that the study file had before.
 * @throws BelayError `usage`: no such file, or a folder. `study`: it does not compile, or an import is not found.
 *   `setup`: the bundle cannot be written.
 */
export async function bundleStudy(file: string, outDir: string, before?: string): Promise<StudyBundle> {
  const entry = resolve(file);
  await checkFile(file, entry);
  if (TEXT_STUDY.test(entry)) return bundleText(file, entry, outDir);
  const outFile = join(resolve(outDir), "study.mjs");
  const read = new Set<string>();
  const result = await compile(file, entry, outFile, read);
  // Belay's own files, which are read when Belay runs from its sources, are no part of the study.
  const inputs = [...read].filter((path) => !path.startsWith(OWN_CODE)).sort();
  const hash = await hashSources(entry, inputs);
  const hashBefore = before === undefined ? hash : await hashSources(entry, inputs, before);
  const bundle = {
    file: targetOf(entry, outDir, hash),
    hash,
    hashBefore,
    inputs,
    content: result.outputFiles[0]!.contents,
  };
  writeBundle(bundle);
  return bundle;
}

function targetOf(entry: string, outDir: string, hash: string): string {
  return join(resolve(outDir), `${basename(entry).replace(/\.\w+$/, "")}-${hash.slice(0, 12)}.mjs`);
}

/** Its hash is that of the text alone, so that it stays when the file is moved. */
async function bundleText(file: string, entry: string, outDir: string): Promise<StudyBundle> {
  const text = await readFile(entry, "utf8");
  const belay = pathToFileURL(join(OWN_CODE, "index.js")).href;
  const { module, locate } = await textStudy(text, file, belay);
  const hash = createHash("sha256").update(text).digest("hex");
  const written = { file: targetOf(entry, outDir, hash), content: Buffer.from(module) };
  const bundle = { ...written, hash, hashBefore: hash, inputs: [entry], locate };
  writeBundle(bundle);
  return bundle;
}

/**
 * Writes the bundle again if its file is gone: it is a temporary file, which a cleanup may delete.
 *
 * @returns whether it was gone.
 */
export function renewBundle(bundle: StudyBundle): boolean {
  if (statSync(bundle.file, { throwIfNoEntry: false })?.size === bundle.content.length) return false;
  writeBundle(bundle);
  return true;
}

function writeBundle({ file, content }: Pick<StudyBundle, "file" | "content">): void {
  // Another launch may read the same bundle meanwhile, and must never see half of it.
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
  if (!STUDY_FILES.some((ending) => entry.endsWith(ending))) {
    throw new BelayError(
      "usage",
      `${file}: expected a study file (${STUDY_FILES.join(", ")}), got ${show(basename(entry))}`,
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
      // Only the conditions of Node itself: esbuild would add "module", which may lead to files that Node cannot load.
      conditions: ["node-addons"],
      sourcemap: "inline",
      sourcesContent: false,
      logLevel: "silent",
      banner: {
        // CommonJS files that the study imports by a relative path may `require` packages.
        js: `import { createRequire as belayCreateRequire } from "node:module"; const require = belayCreateRequire(${JSON.stringify(pathToFileURL(entry).href)});`,
      },
      plugins: [collectReads(read), resolveImports(OWN_CODE), keepLocation()],
    });
  } catch (error) {
    const first = error instanceof Error && "errors" in error ? (error.errors as Message[])[0] : undefined;
    throw new BelayError("study", first ? compileFault(file, entry, first) : `${file}: ${show(error)}`, {
      cause: error,
    });
  }
}

/**
 * The message of a compiler error: `studies/x.ts:3:14: Expected ";" but found "y"`. Columns count from 1, as in
 * editors.
 */
function compileFault(file: string, entry: string, { text, location }: Message): string {
  if (!location) return `${file}: ${text}`;
  const name = resolve(location.file) === entry ? file : location.file;
  return `${name}:${location.line}:${location.column + 1}: ${text.replace(/\s+/g, " ")}`;
}

/**
 * Collects the path of every file that is read. esbuild's metafile has names with import attributes, which are no
 * paths.
 */
function collectReads(read: Set<string>): Plugin {
  return {
    name: "collect-reads",
    setup({ onLoad }) {
      onLoad({ filter: /.*/, namespace: "file" }, ({ path }) => {
        read.add(path);
        return null;
      });
    },
  };
}

/**
 * The hash of the sources: their paths relative to the study file and their content, in the order of their paths.
 *
 * @param at - The path that the study file is taken to have, which determines relative paths and order.
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
