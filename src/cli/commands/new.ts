import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError, show } from "../../core/error.ts";
import { isName, NAME_RULE } from "../../core/name.ts";
import { commandLine } from "../../store/command-line.ts";
import { startingPython } from "../../study/starting-python.ts";
import { startingStudy } from "../../study/starting-study.ts";
import { print } from "../terminal/output.ts";

/** Writes a study to start from. */
export const newCommand = {
  command: "new <name>",
  describe: "writes a study to start from into the working directory",
  builder: (yargs: Argv) =>
    yargs
      .positional("name", { type: "string", describe: "the study's name, and its file's without .ts" })
      .option("python", { type: "boolean", describe: "with a program in Python that trains" })
      .example("$0 new moons", "writes moons.ts")
      .example("$0 new moons --python", "writes moons.ts, moons.py and belay.py"),
  handler: (argv: ArgumentsCamelCase) => {
    const name = studyName(String(argv.name));
    const file = `${name}.ts`;
    if (argv.python && `${name}.py` === HELPER)
      throw new BelayError("usage", `name: expected another name than that of ${HELPER}, got ${show(name)}`);
    const files = argv.python ? startingPython(name) : [[file, startingStudy(name)] as const];
    refuseExisting(files.map(([each]) => each).filter((each) => each !== HELPER));
    for (const [each, text] of files) {
      if (each !== HELPER || !existsSync(HELPER)) writeNew(each, text);
    }
    const config = writeEditorConfig(process.cwd());
    const next = [
      commandLine("check", file),
      commandLine("launch", file, "--trials", "20"),
      commandLine("best", name),
    ];
    if (argv.json) {
      return print(
        JSON.stringify({
          study: name,
          file,
          ...(argv.python ? { files: files.map(([each]) => each) } : {}),
          editorConfig: config,
          next,
        }),
      );
    }
    const lines = [
      `${file}: a study that runs as it is; change it into yours`,
      ...(argv.python ? [`${name}.py: the program that trains`, `${HELPER}: connects it to Belay`] : []),
      ...(config ? [`${config}: tells your editor where the types of belay are`] : []),
      "next:",
      ...next.map((command) => `  ${command}`),
    ];
    print(lines);
  },
} satisfies CommandModule;

function studyName(given: string): string {
  const name = given.replace(/\.[cm]?ts$/, "");
  if (isName(name)) return name;
  throw new BelayError(
    "usage",
    `name: expected ${NAME_RULE} (the study's name, not a path), got ${show(given)}`,
  );
}

/** The module that connects a program in Python to Belay. One that is there already may serve other studies. */
const HELPER = "belay.py";

/** Refuses before anything is written when one of the files is there. */
function refuseExisting(files: readonly string[]): void {
  const there = files.find((file) => existsSync(file));
  if (there !== undefined)
    throw new BelayError("usage", `name: expected a file that can be made, got one that exists: ${there}`);
}

function writeNew(file: string, content: string): void {
  try {
    writeFileSync(file, content, { flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const came = code === "EEXIST" ? `one that exists: ${file}` : message;
    throw new BelayError("usage", `name: expected a file that can be made, got ${came}`);
  }
}

/** The clone or package that this command belongs to. */
const OWN_ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * Writes a tsconfig.json that tells an editor where the types of `belay` are, in a folder where it is not installed; the
 * study itself runs without it. An existing tsconfig.json is left as it is.
 *
 * @returns the name of the file that was written, or null.
 */
function writeEditorConfig(folder: string): string | null {
  if (isInstalled(folder) || above(folder).some((at) => existsSync(join(at, "tsconfig.json")))) return null;
  const to = (path: string): string => {
    const target = resolve(OWN_ROOT, path);
    const near = relative(folder, target).split(sep).join("/");
    return near.startsWith("../../../../") ? target : near.startsWith(".") ? near : `./${near}`;
  };
  const compilerOptions = {
    target: "es2023",
    lib: ["es2023"],
    // A study is bundled when it is loaded, whatever a package.json says; `nodenext` would refuse import.meta without one
    // that says "module".
    module: "esnext",
    moduleResolution: "bundler",
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    types: ["node"],
    typeRoots: [to("node_modules/@types")],
    paths: {
      belay: [to("dist/index.d.ts")],
      "@tensorflow/*": [to("node_modules/@tensorflow/*")],
    },
  };
  try {
    writeFileSync("tsconfig.json", `${JSON.stringify({ compilerOptions }, null, 2)}\n`, { flag: "wx" });
    return "tsconfig.json";
  } catch {
    return null; // the file is a convenience only
  }
}

function isInstalled(folder: string): boolean {
  try {
    createRequire(join(folder, "x.js")).resolve("belay/package.json");
    return true;
  } catch {
    return false;
  }
}

function above(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...above(parent)];
}
