import type { Backend } from "../core/study.ts";

/**
 * Why a package was not taken.
 * - `absent`: it is not installed.
 * - `addon-missing`: it is installed without its native addon.
 * - `dlopen`: the addon is there, but a library that it needs is not, or is of another version.
 * - `no-gpu`: it loads and computes, but sees no GPU.
 * - `broken`: anything else: it throws, computes nonsense, crashes, or does not answer in time.
 */
export type RefusalReason = "absent" | "addon-missing" | "dlopen" | "no-gpu" | "broken";

/** A package that could have given `backend`, and why it was not taken. Plain data. */
export interface Refusal {
  readonly backend: Backend;
  readonly package: string;
  readonly reason: RefusalReason;
  /** What happened, on one line. */
  readonly message: string;
  /** What to do about it, on one line. */
  readonly advice: string;
}

/** Makes a refusal, with the advice that belongs to its reason and package. */
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

/** Tells from what a package threw why it cannot be had. */
export function classify(message: string, code: string | null): RefusalReason {
  if (/native addon module|Cannot find module '[^']*\.node'/.test(message)) return "addon-missing";
  if (code === "ERR_DLOPEN_FAILED" || DLOPEN.test(message)) return "dlopen";
  return "broken";
}

// What the loaders of Linux, macOS and Windows say when a shared library is missing or does not fit.
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
