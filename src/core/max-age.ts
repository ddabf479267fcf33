/** Caches the answer of `read`, and reads again only when the last answer is older than `maxAgeMs`. */
export function withMaxAge<T>(read: () => T, maxAgeMs: number): () => T {
  let last: { readonly answer: T; readonly at: number } | null = null;
  return () => {
    const at = performance.now();
    if (!last || at - last.at > maxAgeMs) last = { answer: read(), at };
    return last.answer;
  };
}
