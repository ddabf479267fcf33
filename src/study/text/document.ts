import { BelayError } from "../../core/error.ts";

/** A parsed text, which knows where its parts are. */
export interface TextDocument {
  /** Its content as plain data. */
  readonly value: unknown;
  /** The line and column of a part, from 1, as `4:9`; of the nearest part around it if there is none. */
  at(path: readonly (string | number)[]): string;
}

/**
 * Parses YAML, of which JSON is a part.
 *
 * @param file - The name of the file, as errors show it.
 * @throws BelayError `study`: it is no YAML, in one line with the place.
 */
export async function parseDocument(text: string, file: string): Promise<TextDocument> {
  // The package is loaded only here, because few studies need it.
  const { isNode, LineCounter, parseDocument: parse } = await import("yaml");
  const lineCounter = new LineCounter();
  const document = parse(text, { lineCounter, prettyErrors: false, uniqueKeys: true });
  const shown = (offset: number): string => {
    const { line, col } = lineCounter.linePos(offset);
    return `${line}:${col}`;
  };
  const [error] = document.errors;
  if (error) {
    const what = error.message.replace(/\s+/g, " ");
    throw new BelayError("study", `${file}:${shown(error.pos[0])}: expected YAML or JSON: ${what}`);
  }
  const offsetOf = (path: readonly (string | number)[]): number => {
    const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
    if (isNode(node) && node.range) return node.range[0];
    return path.length === 0 ? 0 : offsetOf(path.slice(0, -1));
  };
  try {
    return { value: document.toJS({ maxAliasCount: 100 }), at: (path) => shown(offsetOf(path)) };
  } catch (thrown) {
    throw new BelayError("study", `${file}: expected YAML that can be read: ${(thrown as Error).message}`);
  }
}
