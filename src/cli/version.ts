import { readFileSync } from "node:fs";

/** The version of this package: yargs by itself would take that of the folder in which its own file is. */
export function belayVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
