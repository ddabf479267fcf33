import { extname } from "node:path";

/** The URL of an entry file beside the calling module, as it is called in the sources (.ts) or in the build (.js). */
export function entryUrl(from: string, path: string): URL {
  return new URL(`${path}${extname(new URL(from).pathname)}`, from);
}
