import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import type { Aggregate } from "../core/aggregate.ts";
import { BelayError, show } from "../core/error.ts";
import type { DataContext, SetupContext } from "../core/setup-context.ts";
import type { StudyManifest, TrainContext } from "../core/study.ts";
import { validateStudy } from "./validate.ts";
import { type CheckedCommand, readCommand } from "./validate-command.ts";

/** The functions of a study, which are checked to exist; what they return is not known. */
export interface StudyFunctions {
  readonly data?: (context: DataContext) => unknown;
  /** In a study with `command` a number of splits. */
  readonly splits?: (data: unknown, context: SetupContext) => unknown;
  readonly train?: (context: TrainContext<unknown, unknown, unknown, unknown>) => unknown;
  readonly aggregate?: Aggregate | readonly Aggregate[];
}

/** A study file, imported and checked. */
export interface LoadedStudy {
  readonly definition: StudyFunctions;
  readonly manifest: StudyManifest;
  /** What trains instead of `train`; null: `train` does. */
  readonly command: CheckedCommand | null;
}

/**
 * Imports a bundled study and checks its default export. For workers: importing runs the file's own code, which may
 * hang or crash.
 *
 * @param bundleFile - What `bundleStudy` wrote.
 * @param file - The study file's name, as errors show it.
 * @throws BelayError `study`: the import throws, or a field is wrong.
 */
export async function loadStudy(bundleFile: string, file: string = bundleFile): Promise<LoadedStudy> {
  // Stack traces then name the study file and its lines. This is set for each worker only, because the coordinator
  // runs no code of the study.
  if (!isMainThread) process.setSourceMapsEnabled(true);
  const exported = await importDefault(bundleFile, file);
  const manifest = validateStudy(exported, file);
  const command = manifest.command ? readCommand(exported as Readonly<Record<string, unknown>>) : null;
  return { definition: exported as StudyFunctions, manifest, command };
}

async function importDefault(bundleFile: string, file: string): Promise<unknown> {
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(bundleFile).href);
    return unwrapped(module.default);
  } catch (error) {
    // A BelayError, which functions such as `kFold` throw, has a message for people. It is recognised by name, because its
    // class may be that of another copy of Belay.
    const isBelayError = error instanceof Error && error.name === "BelayError";
    const message = isBelayError
      ? error.message
      : ((await missingExport(error)) ?? `expected the file to load, got ${show(error)}`);
    throw new BelayError("study", `${file}: ${message}`, { cause: error });
  }
}

/** The default export of a module. A compiler that writes CommonJS puts it into a field of what the module exports. */
function unwrapped(value: unknown): unknown {
  const isCompiled =
    value !== null && typeof value === "object" && "__esModule" in value && "default" in value;
  return isCompiled ? value.default : value;
}

/**
 * A message for an import of a name that its module does not export; null for other errors. It names the file, not its
 * URL.
 */
async function missingExport(error: unknown): Promise<string | null> {
  if (!(error instanceof SyntaxError)) return null;
  const [, module, name] =
    /requested module '([^']+)' does not provide an export named '([^']+)'/.exec(error.message) ??
    // Node's message for a CommonJS module, except where stack traces are mapped.
    /requested module '([^']+)' is a CommonJS module[\s\S]*const \{ (.+?) \} = pkg/.exec(error.message) ??
    [];
  if (module === undefined || name === undefined) return null;
  const shown = module === new URL("../index.js", import.meta.url).href ? "belay" : module.split("/").at(-1);
  const text = `expected the file to load, got an import of '${name}', and ${show(shown)} has no export named '${name}'`;
  if (!(await isWithinDefault(module, name))) return text;
  return `${text}; its default export has it: import pkg from ${show(packageOf(module))}; const { ${name} } = pkg;`;
}

/**
 * Whether the default export of a module has this name. A CommonJS module exports one object, whose names can be
 * imported only if Node finds them in the text of the module.
 */
async function isWithinDefault(url: string, name: string): Promise<boolean> {
  try {
    const { default: whole }: { readonly default?: unknown } = await import(url);
    return Object(whole) === whole && name in (whole as object);
  } catch {
    return false;
  }
}

/** The package of a module's URL, such as `@scope/name`; its file name if it is in no package. */
function packageOf(url: string): string {
  const inside = url.split("/node_modules/").at(-1)!;
  if (inside === url) return `./${url.split("/").at(-1)}`;
  return inside.split("/", inside.startsWith("@") ? 2 : 1).join("/");
}
