import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Tests that start the command line run what users run: the build. */
export default function build(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL("../../scripts/build.mjs", import.meta.url))], {
    stdio: "inherit",
  });
}
