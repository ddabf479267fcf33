import { extname } from "node:path";

/**
 * The URL of an entry file relative to the calling module, with its extension: .ts in the sources, .js in the build.
 */
export function entryUrl(from: string, path: string): URL {
  return new URL(`${path}${extname(new URL(from).pathname)}`, from);
}
