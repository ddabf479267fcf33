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
    return module.default;
  } catch (error) {
    // A BelayError of the authoring functions has its message ready; it may come from another copy of the class.
    const ready = error instanceof Error && error.name === "BelayError";
    const message = ready
      ? error.message
      : (missingExport(error) ?? `expected the file to load, got ${show(error)}`);
    throw new BelayError("study", `${file}: ${message}`, { cause: error });
  }
}

/** Node names the module by its URL, which is long and tells a person nothing: its file name is enough. */
function missingExport(error: unknown): string | null {
  if (!(error instanceof SyntaxError)) return null;
  const [, module = "", name] =
    /requested module '([^']+)' does not provide an export named '([^']+)'/.exec(error.message) ?? [];
  if (name === undefined) return null;
  const shown = module === new URL("../index.js", import.meta.url).href ? "belay" : module.split("/").at(-1);
  return `expected the file to load, got an import of '${name}', and ${show(shown)} has no export named '${name}'`;
}
