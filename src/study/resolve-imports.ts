import { existsSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, extname, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";

/** Marks a resolution that this plugin asks of esbuild, so that the plugin lets it pass. */
const ASKED = Symbol("asked");
/** The namespace of files in the bundle that import what a CommonJS file requires. */
const REQUIRED = "belay-required";

/**
 * An esbuild plugin that decides what is bundled: files that the study imports by a relative path or an alias of its
 * tsconfig, and JSON. Packages are imported at run time, from where the importing file finds them.
 *
 * @param ownCode - The folder of Belay's own code: `belay` and `@tensorflow/*` are found from there.
 */
export function resolveImports(ownCode: string): Plugin {
  return {
    name: "resolve-imports",
    setup(build) {
      build.onResolve({ filter: /.*/ }, async (args) => {
        if (args.pluginData === ASKED || args.kind === "entry-point") return null;
        if (isBuiltin(args.path)) return { path: args.path, external: true };
        if (/^(file|data|https?):/.test(args.path)) return { path: args.path, external: true };
        if (args.path === "belay") return ownIndex(ownCode, isRequire(args));
        const folder = args.path.startsWith("@tensorflow/") ? ownCode : args.resolveDir;
        return resolveFrom(build, folder, args);
      });
      build.onLoad({ filter: /.*/, namespace: REQUIRED }, ({ path }) => ({
        contents: `export * from ${JSON.stringify(path)};`,
        loader: "js",
      }));
    },
  };
}

/**
 * How an import of `belay` is resolved: to the copy that runs now, if it is built, so that study and worker share it.
 * When Belay runs from its sources (in tests), it is bundled, because Node 20 cannot import TypeScript. For `require` a
 * file is added to the bundle that imports Belay: `require` takes no URL, and warns of modules that are not CommonJS.
 */
function ownIndex(ownCode: string, required: boolean): OnResolveResult {
  const built = join(ownCode, "index.js");
  if (!existsSync(built)) return { path: join(ownCode, "index.ts") };
  const path = pathToFileURL(built).href;
  return required ? { path, namespace: REQUIRED } : { path, external: true };
}

function isRequire({ kind }: OnResolveArgs): boolean {
  return kind === "require-call" || kind === "require-resolve";
}

async function resolveFrom(
  build: PluginBuild,
  folder: string,
  args: OnResolveArgs,
): Promise<OnResolveResult> {
  const { kind, importer, namespace, with: attributes } = args;
  const found = await build.resolve(args.path, {
    kind,
    importer,
    namespace,
    with: attributes,
    resolveDir: folder,
    pluginData: ASKED,
  });
  if (found.errors.length > 0) return { errors: [{ text: notFound(args) }] };
  if (found.external || found.namespace !== "file") return { path: found.path, external: found.external };
  if (isBundled(found.path, folder, args.path)) return { path: found.path, sideEffects: found.sideEffects };
  return { path: isRequire(args) ? found.path : pathToFileURL(found.path).href, external: true };
}

function isBundled(path: string, folder: string, specifier: string): boolean {
  if (extname(path) === ".json") return true;
  if (extname(path) === ".node") return false;
  if (path.includes(`${sep}node_modules${sep}`)) return false;
  if (/^\.{0,2}\/|^\.{1,2}$/.test(specifier)) return true;
  // What remains is an alias of a tsconfig, which is bundled, or a linked package, which has an entry in a node_modules
  // folder and is bundled only if it is written in TypeScript, which Node cannot import from there.
  return !isInstalled(folder, specifier) || /\.[cm]?tsx?$/.test(path);
}

/** The package of an import, such as `@scope/name` of `@scope/name/part`. */
function packageName(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function isInstalled(folder: string, specifier: string): boolean {
  const name = packageName(specifier);
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "node_modules", name))) return true;
    if (dirname(at) === at) return false;
  }
}

function notFound({ path }: OnResolveArgs): string {
  if (/^\.{0,2}\//.test(path)) return `expected a file to import, got no file at ${JSON.stringify(path)}`;
  return `expected an installed package to import, got ${JSON.stringify(path)}; is it installed? (npm install ${packageName(path)})`;
}
