/** Creates a gate, initially open. While it is shut, callers can wait for it to open. */
export function gate() {
  let wait: Promise<void> | null = null;
  let release: () => void = () => {};
  return {
    shut(): void {
      wait ??= new Promise((resolve) => {
        release = resolve;
      });
    },
    open(): void {
      wait = null;
      release();
    },
    /** Resolves when the gate opens; null while it is open. */
    get wait(): Promise<void> | null {
      return wait;
    },
  };
}
