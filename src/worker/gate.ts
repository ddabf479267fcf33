/** A gate that is open or shut; whoever finds it shut can wait for its opening. */
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
    /** Settles when the gate opens; null while it is open. */
    get wait(): Promise<void> | null {
      return wait;
    },
  };
}
