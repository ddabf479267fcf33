// Builds dist/ from src/: the compiler's output, the command made executable, and what reads a database in few files.
import { spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const commands = join(root, "dist", "cli");
const errors = join(root, "dist", "core", "error.js");
const compiler = join(
  dirname(createRequire(import.meta.url).resolve("typescript/package.json")),
  "bin",
  "tsc",
);
rmSync(join(root, "dist"), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [compiler, "-p", join(root, "src")], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);
await joinFiles(["main.js", "read.js"]);
chmodSync(join(commands, "main.js"), 0o755);

/**
 * `belay query` works for 10 ms; to find and load some sixty small files, a good part of them yargs's, takes Node ten
 * times that. So the entry and the commands that read a database are joined with what they import. The other commands
 * stay as the compiler wrote them, beside the modules that hosts and study files import too.
 */
async function joinFiles(files) {
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: files.map((file) => join(commands, file)),
    outdir: commands,
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    external: ["better-sqlite3"],
    logLevel: "warning",
    // yargs has a part in CommonJS.
    banner: {
      js: 'import { createRequire as toRequire } from "node:module";\nconst require = toRequire(import.meta.url);',
    },
    plugins: [
      {
        name: "joined",
        setup({ onResolve, onLoad }) {
          // One class of errors for all, by whatever path it is imported: `instanceof` tells Belay's own from others.
          onResolve({ filter: /\/error\.js$/ }, ({ path, resolveDir }) =>
            join(resolveDir, path) === errors ? { path: "../core/error.js", external: true } : null,
          );
          onResolve({ filter: /^\.{1,2}\/.*\.js$/ }, ({ kind, path, resolveDir }) => {
            const file = relative(commands, join(resolveDir, path));
            return kind === "dynamic-import" && !files.includes(file)
              ? { path: `./${file}`, external: true }
              : null;
          });
          // What yargs takes to know how wide an emoji is costs 50 ms to load. Belay's help is ASCII, which a test sees to.
          onLoad({ filter: /[/\\]string-width[/\\]index\.js$/ }, () => ({
            contents: "export default (text) => text.length;",
          }));
        },
      },
    ],
  });
  if (Object.keys(metafile.inputs).includes("dist/core/error.js"))
    throw new Error(
      "dist/core/error.js: expected it beside the joined files, got a second copy of its class in them",
    );
  writeFileSync(join(commands, "THIRD-PARTY.txt"), notices(Object.keys(metafile.inputs)));
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
