// node --import ./scripts/typescript/register.mjs scripts/NAME.ts: runs TypeScript on every version that Belay
// supports.
import { register } from "node:module";

process.setSourceMapsEnabled(true);
register("./hooks.mjs", import.meta.url);
