// Builds dist/ from src/: runs the compiler, then joins each program into few files.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, transform } from "esbuild";
import { buildPage } from "./build-page.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const errors = join(dist, "core", "error.js");
/** The module that imports the command that was typed. */
const COMMANDS = join(dist, "cli", "commands", "index.js");
const compiler = join(
  dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
  "bin",
  "tsc",
);
/**
 * Packages that are not joined: they have a binary or threads of their own, look for files beside themselves, require
 * Node's modules, or ship no text of their licence.
 */
const PACKAGES_OUTSIDE = [
  "@bufbuild/protobuf",
  "esbuild",
  "log-update",
  "pidusage",
  "pino",
  "prom-client",
  "yaml",
];

/**
 * Short commands that read a database. They are joined into one file, which Node loads sooner than many. `show` is not
 * among them: it would add a third to what the others load.
 */
const READING = ["query", "sql", "list", "best"];
const OTHER_COMMANDS = readdirSync(join(root, "src", "cli", "commands"))
  .map((file) => file.replace(/\.ts$/, ""))
  .filter((name) => name !== "index" && !READING.includes(name));

/** Loads better-sqlite3 by `require`: Node takes 2 ms more to import CommonJS, because it has to find its exports. */
const REQUIRED = `import { createRequire } from "node:module";
export default createRequire(import.meta.url)("better-sqlite3");`;

/** The part of `node:assert` that yargs uses; the whole takes 3 ms to load. */
const ASSERT = `function check(holds, message) {
  if (!holds) throw new Error(message);
}
export const strictEqual = (a, b, message) => check(Object.is(a, b), message);
export const notStrictEqual = (a, b, message) => check(!Object.is(a, b), message);`;

rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [compiler, "-p", join(root, "src")], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);
cpSync(join(root, "src", "study", "templates"), join(dist, "study", "templates"), {
  recursive: true,
  filter: (path) => basename(path) !== "__pycache__",
});
cpSync(join(root, "src", "cli", "completion", "scripts"), join(dist, "cli", "completion", "scripts"), {
  recursive: true,
});
await writeCompletionTable();
/** Modules that a reading command imports only when it needs them. */
const late = new Set();
const inputs = [
  await joinFiles(join(dist, "cli"), ["main.js"]),
  await joinFiles(
    join(dist, "cli", "commands"),
    OTHER_COMMANDS.map((name) => `${name}.js`),
    [...late],
  ),
  await joinFiles(join(dist, "cli", "completion"), ["entry.js"]),
  await joinFiles(join(dist, "worker", "host"), ["main.js"]),
  await joinFiles(join(dist, "worker", "watcher"), ["entry.js"]),
  await joinFiles(join(dist, "asker"), ["entry.js"]),
  await joinFiles(join(dist, "launch", "webhook"), ["entry.js"]),
  await joinFiles(join(dist, "dashboard", "thread"), ["entry.js"]),
  await buildPage(root, join(dist, "dashboard", "page")),
  // The thread imports the study, and the study imports `belay`: the two share their code.
  await joinFiles(dist, ["index.js", "worker/thread/entry.js"]),
].flat();
writeFileSync(join(dist, "cli", "THIRD-PARTY.txt"), notices(inputs));
chmodSync(join(dist, "cli", "main.js"), 0o755);

/**
 * Joins each program of dist/ with what it imports and replaces it by the result; code that several programs import
 * goes to a few files beside them. `belay query` works for 10 ms and `belay launch` for as long as a trial, and Node
 * takes longer than that to find and load hundreds of small files. The compiler's own output stays for the scripts.
 *
 * @param folder - The folder of the results.
 * @param programs - Their files, from that folder. Of one in a folder further down, the file imports its result.
 * @param modules - Files whose results go to the folder too, while they stay as they are.
 * @returns the paths of all files that were joined, from the root.
 */
async function joinFiles(folder, programs, modules = []) {
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    // All results are in one folder, so that a path from there is right in each of them.
    entryPoints: [
      ...programs.map((program) => ({ in: join(folder, program), out: outputOf(program).slice(0, -3) })),
      ...modules.map((module) => ({ in: module, out: lateName(module).slice(0, -3) })),
    ],
    outdir: folder,
    chunkNames: "joined-[hash]",
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    external: PACKAGES_OUTSIDE,
    // Node reads less; names stay, so that a stack in a log can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "warning",
    // A part of yargs is CommonJS, which needs `require`.
    banner: programs.includes("main.js")
      ? {
          js: 'import { createRequire as toRequire } from "node:module";\nconst require = toRequire(import.meta.url);',
        }
      : {},
    plugins: [joinedPlugin(folder)],
  });
  for (const program of programs.filter((each) => outputOf(each) !== each)) {
    const path = join(folder, program);
    writeFileSync(
      path,
      `import ${JSON.stringify(urlPath(dirname(path), join(folder, outputOf(program))))};\n`,
    );
  }
  const joined = Object.keys(metafile.inputs);
  if (joined.includes(relative(root, errors)))
    throw new Error("dist/core/error.js: expected it outside of the joined files, got a second copy of it");
  return joined;
}

/** Writes down all that the command line knows, so that the shell need not load the commands to complete one. */
async function writeCompletionTable() {
  const { commandsFor } = await import(pathToFileURL(COMMANDS).href);
  const folder = join(dist, "cli", "completion");
  const { completionTable } = await import(pathToFileURL(join(folder, "table.js")).href);
  writeFileSync(join(folder, "table.json"), JSON.stringify(completionTable(await commandsFor([]))));
}

/** The name of the file that a module becomes which a reading command imports when it needs it. */
function lateName(module) {
  return `late-${basename(module)}`;
}

/** The name of the file that a program becomes. */
function outputOf(program) {
  return program.replaceAll("/", "-");
}

/** An esbuild plugin for files that are joined into `folder`. */
function joinedPlugin(folder) {
  return {
    name: "joined",
    setup({ onResolve, onLoad }) {
      // There is one class of errors, whichever file imports it, so that `instanceof` can tell Belay's errors from
      // others.
      onResolve({ filter: /\/error\.js$/ }, ({ path, resolveDir }) =>
        join(resolveDir, path) === errors ? { path: urlPath(folder, errors), external: true } : null,
      );
      onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ kind, path, importer, resolveDir }) => {
        if (kind !== "dynamic-import" || folder !== dirname(dirname(COMMANDS))) return null;
        if (importer !== COMMANDS) {
          // Were such a module joined here, what it shares with the reading commands would be in files of its own, and
          // each file takes a millisecond to load.
          const module = join(resolveDir, path);
          late.add(module);
          return { path: urlPath(folder, join(dirname(COMMANDS), lateName(module))), external: true };
        }
        return READING.includes(path.slice(2, -3))
          ? { path: "reading", namespace: "joined" }
          : { path: urlPath(folder, join(dirname(COMMANDS), path)), external: true };
      });
      onResolve({ filter: /^better-sqlite3$/ }, ({ path }) => ({ path, namespace: "joined" }));
      onLoad({ filter: /^better-sqlite3$/, namespace: "joined" }, () => ({ contents: REQUIRED }));
      onResolve({ filter: /^assert$/ }, ({ path }) => ({ path, namespace: "joined" }));
      onLoad({ filter: /^assert$/, namespace: "joined" }, () => ({ contents: ASSERT }));
      onLoad({ filter: /^reading$/, namespace: "joined" }, () => ({
        contents: READING.map((name) => `export * from "./${name}.js";`).join("\n"),
        resolveDir: dirname(COMMANDS),
      }));
      // Code that was joined still finds the files beside its original module.
      onLoad({ filter: /[/\\]dist[/\\].*\.js$/ }, async ({ path }) => {
        const source = readFileSync(path, "utf8");
        if (!source.includes("import.meta.url")) return null;
        const { code } = await transform(source, { define: { "import.meta.url": "moduleUrl" } });
        const url = `new URL(${JSON.stringify(urlPath(folder, path))}, import.meta.url).href`;
        return { contents: code.replace(/^(#!.*\n)?/, `$1const moduleUrl = ${url};\n`) };
      });
      // yargs measures the width of text with a package that takes 50 ms to load. Belay's help is ASCII, which a test
      // checks.
      onLoad({ filter: /[/\\]string-width[/\\]index\.js$/ }, () => ({
        contents: "export default (text) => text.length;",
      }));
    },
  };
}

/** The path from a folder to a file as a URL has it: `../core/error.js`. */
function urlPath(folder, file) {
  const path = relative(folder, file).split(sep).join("/");
  return path.startsWith(".") ? path : `./${path}`;
}

/** The licence texts of the packages that are part of the joined files. */
function notices(inputs) {
  const packages = inputs
    .map((input) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(input)?.[0])
    .filter(Boolean);
  return [...new Set(packages)]
    .sort()
    .map((folder) => {
      const licence = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
      if (!licence) throw new Error(`${folder}: expected a licence to ship, got none`);
      return `${folder.slice(folder.lastIndexOf("node_modules/") + 13)}\n\n${readFileSync(join(root, folder, licence), "utf8")}`;
    })
    .join("\n\n");
}
