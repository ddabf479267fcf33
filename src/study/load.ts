import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import type { Aggregate } from "../core/aggregate.ts";
import { BelayError, show } from "../core/error.ts";
import type { DataContext, SetupContext } from "../core/setup-context.ts";
import type { StudyManifest, TrainContext } from "../core/study.ts";
import { validateStudy } from "./validate.ts";

/** The functions of a study, checked to be there; what they return is not known. */
export interface StudyFunctions {
  readonly data?: (context: DataContext) => unknown;
  readonly splits?: (data: unknown, context: SetupContext) => unknown;
  readonly train: (context: TrainContext<unknown, unknown, unknown, unknown>) => unknown;
  readonly aggregate?: Aggregate | readonly Aggregate[];
}

/** A study file, imported and checked. */
export interface LoadedStudy {
  readonly definition: StudyFunctions;
  readonly manifest: StudyManifest;
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
  // Stack traces then name the study file and its lines. Per thread: the coordinator's own traces need no maps.
  if (!isMainThread) process.setSourceMapsEnabled(true);
  const exported = await importDefault(bundleFile, file);
  const manifest = validateStudy(exported, file);
  return { definition: exported as StudyFunctions, manifest };
}

async function importDefault(bundleFile: string, file: string): Promise<unknown> {
  try {
    const module: { readonly default?: unknown } = await import(pathToFileURL(bundleFile).href);
    return unwrapped(module.default);
  } catch (error) {
    // A BelayError of the authoring functions has its message ready; it may come from another copy of the class.
    const ready = error instanceof Error && error.name === "BelayError";
    const message = ready
      ? error.message
      : ((await missingExport(error)) ?? `expected the file to load, got ${show(error)}`);
    throw new BelayError("study", `${file}: ${message}`, { cause: error });
  }
}

/** A compiler that writes CommonJS puts a default export into a field of what the module exports. */
function unwrapped(value: unknown): unknown {
  const isCompiled =
    value !== null && typeof value === "object" && "__esModule" in value && "default" in value;
  return isCompiled ? value.default : value;
}

/** Node names the module by its URL, which is long and tells a person nothing: its file name is enough. */
async function missingExport(error: unknown): Promise<string | null> {
  if (!(error instanceof SyntaxError)) return null;
  const [, module, name] =
    /requested module '([^']+)' does not provide an export named '([^']+)'/.exec(error.message) ??
    // What Node says of CommonJS, when it can; it cannot where stack traces are mapped.
    /requested module '([^']+)' is a CommonJS module[\s\S]*const \{ (.+?) \} = pkg/.exec(error.message) ??
    [];
  if (module === undefined || name === undefined) return null;
  const shown = module === new URL("../index.js", import.meta.url).href ? "belay" : module.split("/").at(-1);
  const text = `expected the file to load, got an import of '${name}', and ${show(shown)} has no export named '${name}'`;
  if (!(await isWithinDefault(module, name))) return text;
  return `${text}; its default export has it: import pkg from ${show(packageOf(module))}; const { ${name} } = pkg;`;
}

/** CommonJS exports one object; the names in it are known to an import only where Node can read them from the text. */
async function isWithinDefault(url: string, name: string): Promise<boolean> {
  try {
    const { default: whole }: { readonly default?: unknown } = await import(url);
    return Object(whole) === whole && name in (whole as object);
  } catch {
    return false;
  }
}

/** `@scope/name` of a module's URL; its file name where it is in no package. */
function packageOf(url: string): string {
  const inside = url.split("/node_modules/").at(-1)!;
  if (inside === url) return `./${url.split("/").at(-1)}`;
  return inside.split("/", inside.startsWith("@") ? 2 : 1).join("/");
}
