import { computed, type ReadonlySignal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { StudyData } from "../../state/study-data.ts";

/** How far outside the window a plot is made already, in pixels. */
const AHEAD = 300;

/** Whether an element is in the window or near it; on paper everything is. */
export function useInView(element: RefObject<Element | null>): ReadonlySignal<boolean> {
  const isInView = useSignal(false);
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => {
        isInView.value = entries.at(-1)!.isIntersecting;
      },
      { rootMargin: `${AHEAD}px` },
    );
    observer.observe(element.current!);
    const print = (): void => {
      isInView.value = true;
    };
    addEventListener("beforeprint", print);
    return () => {
      observer.disconnect();
      removeEventListener("beforeprint", print);
    };
  }, []);
  return isInView;
}

/** A study's data that stand still while nobody sees the plot: then it costs nothing, however many plots a page has. */
export function useSeenData(data: StudyData, isInView: ReadonlySignal<boolean>): StudyData {
  return useMemo(() => {
    const columns = new Map<string, ReturnType<StudyData["column"]>>();
    const whileSeen = <T>(read: () => T): ReadonlySignal<T | undefined> => {
      let last: T | undefined;
      return computed(() => {
        if (isInView.value) last = read();
        return last;
      });
    };
    return {
      ...data,
      version: whileSeen(() => data.version.value) as ReadonlySignal<number>,
      matches: computedMask(() => data.matches.value),
      visible: computedMask(() => data.visible.value),
      column(name) {
        const known = columns.get(name);
        if (known) return known;
        const column = whileSeen(() => data.column(name).value);
        columns.set(name, column);
        return column;
      },
    };

    function computedMask(read: () => Uint8Array | null): ReadonlySignal<Uint8Array | null> {
      const seen = whileSeen(read);
      return computed(() => seen.value ?? null);
    }
  }, [data, isInView]);
}
