// Builds dist/ from src/: the compiler's output, then what runs as a program joined into few files.
import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const errors = join(dist, "core", "error.js");
/** Where the command that was typed is imported. */
const COMMANDS = join(dist, "cli", "commands", "index.js");
const compiler = join(
  dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
  "bin",
  "tsc",
);
/** Packages that stay outside of the joined files: with a binary, with threads of their own, or with files that they look for. */
const PACKAGES_OUTSIDE = ["better-sqlite3", "esbuild", "log-update", "pidusage", "pino"];

/** Commands that read a database: they are quick, and so are one module, which Node finds and loads sooner than many. */
const READING = ["query", "sql", "list", "show", "best"];
const OTHER_COMMANDS = readdirSync(join(root, "src", "cli", "commands"))
  .map((file) => file.replace(/\.ts$/, ""))
  .filter((name) => name !== "index" && !READING.includes(name));

rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [compiler, "-p", join(root, "src")], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);
const inputs = [
  await joinFiles(join(dist, "cli"), ["main.js"]),
  await joinFiles(
    join(dist, "cli", "commands"),
    OTHER_COMMANDS.map((name) => `${name}.js`),
  ),
  await joinFiles(join(dist, "worker", "host"), ["main.js"]),
  await joinFiles(join(dist, "worker", "watcher"), ["entry.js"]),
].flat();
writeFileSync(join(dist, "cli", "THIRD-PARTY.txt"), notices(inputs));
chmodSync(join(dist, "cli", "main.js"), 0o755);

/**
 * Replaces programs of dist/ by themselves joined with what they import; what several of them import becomes a few files
 * beside them. `belay query` works for 10 ms and `belay launch` for a trial; to find and load hundreds of small files
 * takes Node longer. The compiler's own output stays for those who import Belay.
 *
 * @param folder - Where they are, and stay.
 * @returns Paths of the files that are part of them, from the root.
 */
async function joinFiles(folder, programs) {
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: programs.map((program) => join(folder, program)),
    outdir: folder,
    chunkNames: "joined-[hash]",
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    external: PACKAGES_OUTSIDE,
    logLevel: "warning",
    // yargs has a part in CommonJS.
    banner: programs.includes("main.js")
      ? {
          js: 'import { createRequire as toRequire } from "node:module";\nconst require = toRequire(import.meta.url);',
        }
      : {},
    plugins: [joinedPlugin(folder)],
  });
  const joined = Object.keys(metafile.inputs);
  if (joined.includes(relative(root, errors)))
    throw new Error("dist/core/error.js: expected it outside of the joined files, got a second copy of it");
  return joined;
}

/** An esbuild plugin for files that are joined into `folder`. */
function joinedPlugin(folder) {
  return {
    name: "joined",
    setup({ onResolve, onLoad }) {
      // One class of errors for all, by whatever path it is imported: `instanceof` tells Belay's own from others.
      onResolve({ filter: /\/error\.js$/ }, ({ path, resolveDir }) =>
        join(resolveDir, path) === errors ? { path: urlPath(folder, errors), external: true } : null,
      );
      onResolve({ filter: /^\.\/.*\.js$/ }, ({ kind, path, importer }) => {
        if (kind !== "dynamic-import" || importer !== COMMANDS) return null;
        return READING.includes(path.slice(2, -3))
          ? { path: "reading", namespace: "joined" }
          : { path: urlPath(folder, join(dirname(COMMANDS), path)), external: true };
      });
      onLoad({ filter: /^reading$/, namespace: "joined" }, () => ({
        contents: READING.map((name) => `export * from "./${name}.js";`).join("\n"),
        resolveDir: dirname(COMMANDS),
      }));
      // A module finds the files beside it where it lay before it was joined.
      onLoad({ filter: /[/\\]dist[/\\].*\.js$/ }, async ({ path }) => {
        const source = readFileSync(path, "utf8");
        if (!source.includes("import.meta.url")) return null;
        const { code } = await transform(source, { define: { "import.meta.url": "moduleUrl" } });
        const url = `new URL(${JSON.stringify(urlPath(folder, path))}, import.meta.url).href`;
        return { contents: code.replace(/^(#!.*\n)?/, `$1const moduleUrl = ${url};\n`) };
      });
      // What yargs takes to know how wide an emoji is costs 50 ms to load. Belay's help is ASCII, which a test sees to.
      onLoad({ filter: /[/\\]string-width[/\\]index\.js$/ }, () => ({
        contents: "export default (text) => text.length;",
      }));
    },
  };
}

/** The path from a folder to a file, as a URL has it: `../core/error.js`. */
function urlPath(folder, file) {
  const path = relative(folder, file).split(sep).join("/");
  return path.startsWith(".") ? path : `./${path}`;
}

/** The licences of the packages that are part of the joined files now. */
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
