import type { Backend } from "../core/study.ts";

/**
 * Why a package cannot be used.
 * - `absent`: it is not installed.
 * - `addon-missing`: it is installed without its native addon.
 * - `dlopen`: a shared library that its addon needs is missing or has another version.
 * - `no-gpu`: it loads and computes, but finds no GPU.
 * - `broken`: it throws, computes wrong numbers, crashes, or does not answer in time.
 */
export type RefusalReason = "absent" | "addon-missing" | "dlopen" | "no-gpu" | "broken";

/** A package that provides `backend`, and why it cannot be used. Plain data. */
export interface Refusal {
  readonly backend: Backend;
  readonly package: string;
  readonly reason: RefusalReason;
  /** What happened, on one line. */
  readonly message: string;
  /** What to do about it, on one line. */
  readonly advice: string;
}

/** Creates a refusal with the advice for its reason and package. */
export function refuse(
  backend: Backend,
  packageName: string,
  reason: RefusalReason,
  message: string,
): Refusal {
  return {
    backend,
    package: packageName,
    reason,
    message: oneLine(message),
    advice: advise(packageName, reason),
  };
}

/** Derives the reason from the error that a package threw. */
export function classify(message: string, code: string | null): RefusalReason {
  if (/native addon module|Cannot find module '[^']*\.node'/.test(message)) return "addon-missing";
  if (code === "ERR_DLOPEN_FAILED" || DLOPEN.test(message)) return "dlopen";
  return "broken";
}

// Messages of the loaders of Linux, macOS and Windows for a shared library that is missing or incompatible.
const DLOPEN =
  /cannot open shared object file|undefined symbol|version `[^']+' not found|invalid ELF header|wrong ELF class|Library not loaded|image not found|specified (module|procedure) could not be found|did not self-register/;

const CUDA = "CUDA 11.2 and cuDNN 8.1";

function advise(packageName: string, reason: RefusalReason): string {
  const native = packageName.includes("tfjs-node");
  const gpu = packageName.endsWith("-gpu");
  switch (reason) {
    case "absent":
      return `npm install ${packageName}${gpu ? ` (for an NVIDIA GPU with ${CUDA})` : ""}`;
    case "addon-missing":
      return `run \`npm rebuild ${packageName}\` where storage.googleapis.com can be reached, or build the addon: \`npm rebuild ${packageName} --build-addon-from-source\``;
    case "dlopen":
      return gpu
        ? `install ${CUDA}, and put their folders into LD_LIBRARY_PATH`
        : `install the library that is named, or \`npm rebuild ${packageName}\` for this machine`;
    case "no-gpu":
      return `check that nvidia-smi lists a GPU, that CUDA_VISIBLE_DEVICES does not hide it, and that LD_LIBRARY_PATH has ${CUDA}`;
    case "broken":
      return native
        ? `try \`node -e "require('${packageName}')"\` to see the whole error; then reinstall it, or remove it`
        : `reinstall it: npm install ${packageName}`;
  }
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 297)}...` : line;
}
