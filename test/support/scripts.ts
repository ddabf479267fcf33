import { fileURLToPath } from "node:url";

const SCRIPTS = new URL("../../scripts/", import.meta.url);

/** The arguments with which Node runs scripts/NAME.ts, as `npm run` does. */
export function script(name: string): string[] {
  return [
    "--import",
    new URL("typescript/register.mjs", SCRIPTS).href,
    fileURLToPath(new URL(name.includes(".") ? name : `${name}.ts`, SCRIPTS)),
  ];
}
