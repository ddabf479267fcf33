import { useEffect, useRef, useState } from "preact/hooks";
import type { Hit, Panel, Picture, Span } from "../drawing/picture.ts";
import { canvasSurface, themeFor } from "../surface/canvas.ts";
import { contains } from "../surface/surface.ts";
import { Legend } from "./legend.tsx";
import { onThemeChange } from "./theme-change.ts";

/** What is pointed at: an item of a panel. */
interface Pointed {
  readonly panel: number;
  readonly item: number;
}

/** A drag under way, in pixels. */
interface Drag {
  readonly panel: number;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
}

/** So many pixels make a drag; less is a click. */
const LEAST_DRAG = 5;

/**
 * A picture on the page: drawn on a canvas in the page's colours, with its sentence, its legend, hints, ranges chosen by
 * dragging, and keys: arrows walk through what is drawn, Enter opens a trial, Escape takes a choice back.
 *
 * @param onTrial - A trial has been chosen.
 */
export function PlotView({
  picture,
  onTrial,
}: {
  readonly picture: Picture;
  readonly onTrial?: (number: number) => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const panels = useRef<readonly Panel[]>([]);
  const [width, setWidth] = useState(0);
  const [themes, setThemes] = useState(0);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const height = picture.height(Math.max(1, width));

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(frame.current!);
    const stop = onThemeChange(() => setThemes((count) => count + 1));
    return () => {
      observer.disconnect();
      stop();
    };
  }, []);

  useEffect(() => {
    const before = pointed && hitOf(panels.current, pointed);
    if (width > 0) panels.current = drawOn(canvas.current!, picture, width, height);
    const after = pointed && hitOf(panels.current, pointed);
    // While a study runs it is drawn again and again: what is pointed at stays, unless something else is there now.
    if (before?.trial !== after?.trial || before?.title !== after?.title) setPointed(null);
  }, [picture, width, height, themes]);

  const placeOf = (event: MouseEvent): readonly [number, number] => {
    const { left, top } = canvas.current!.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const hit = pointed && hitOf(panels.current, pointed);
  const open = (): void => {
    if (hit?.trial != null) onTrial?.(hit.trial);
  };

  function down(event: PointerEvent): void {
    const [x, y] = placeOf(event);
    const panel = panels.current.findIndex(({ box, brush }) => brush && contains(box, x, y, 8));
    if (panel < 0 || event.button !== 0) return;
    canvas.current!.setPointerCapture(event.pointerId);
    setDrag({ panel, from: [x, y], to: [x, y] });
  }

  function move(event: PointerEvent): void {
    const at = placeOf(event);
    if (drag) setDrag({ ...drag, to: at });
    else setPointed(pointedAt(panels.current, at));
  }

  function up(event: PointerEvent): void {
    const ended = drag && { ...drag, to: placeOf(event) };
    setDrag(null);
    const span = ended && spanOf(panels.current[ended.panel], ended);
    if (ended && span) panels.current[ended.panel]?.brush?.done(span);
    else {
      const at = pointedAt(panels.current, placeOf(event));
      setPointed(at);
      const found = at && hitOf(panels.current, at);
      if (found?.trial != null) onTrial?.(found.trial);
    }
  }

  function key(event: KeyboardEvent): void {
    if (event.key === "Enter") open();
    else if (event.key === "Escape") {
      setPointed(null);
      for (const { brush } of panels.current) brush?.done(null);
    } else {
      const next = stepped(panels.current, pointed, event.key);
      if (!next) return;
      setPointed(next);
    }
    event.preventDefault();
  }

  return (
    <div class="plot">
      <p class="plot-summary">{picture.summary}</p>
      <Legend entries={picture.legend} />
      <div class="plot-frame" ref={frame} style={{ height: `${height}px` }}>
        <canvas
          ref={canvas}
          class="plot-canvas"
          role="img"
          aria-label={`${picture.title}. ${picture.summary}`}
          tabIndex={0}
          style={{ width: `${width}px`, height: `${height}px` }}
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={up}
          onPointerLeave={() => setPointed(null)}
          onDblClick={(event) => {
            const [x, y] = placeOf(event);
            panels.current.find(({ box, brush }) => brush && contains(box, x, y, 8))?.brush?.done(null);
          }}
          onKeyDown={key}
        />
        {drag && <Chosen drag={drag} panel={panels.current[drag.panel]} />}
        {hit && !drag && <Hint hit={hit} width={width} />}
        <p class="plot-said" aria-live="polite">
          {hit ? [hit.title, ...hit.lines].join(", ") : ""}
        </p>
      </div>
    </div>
  );
}

function drawOn(canvas: HTMLCanvasElement, picture: Picture, width: number, height: number) {
  const began = performance.now();
  const surface = canvasSurface(canvas, width, height, Math.min(3, devicePixelRatio || 1));
  const panels = picture.draw(surface, { x: 0, y: 0, width, height }, themeFor(canvas));
  canvas.dataset.drawMs = (performance.now() - began).toFixed(1);
  canvas.dataset.draws = String(Number(canvas.dataset.draws ?? 0) + 1);
  return panels;
}

/** The panels below the pointer are asked, one after the other. */
function pointedAt(panels: readonly Panel[], [x, y]: readonly [number, number]): Pointed | null {
  for (const [panel, { box, find }] of panels.entries()) {
    const item = contains(box, x, y, 8) ? find(x, y) : -1;
    if (item >= 0) return { panel, item };
  }
  return null;
}

function hitOf(panels: readonly Panel[], { panel, item }: Pointed): Hit | null {
  return panels[panel]?.hit(item) ?? null;
}

/** How far each key goes; a page is ten. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowRight: 1,
  ArrowLeft: -1,
  ArrowDown: 10,
  ArrowUp: -10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

function stepped(panels: readonly Panel[], from: Pointed | null, key: string): Pointed | null {
  if (key === "PageDown" || key === "PageUp") {
    const panel = (from?.panel ?? -1) + (key === "PageDown" ? 1 : -1);
    const item = panels[panel]?.step(-1, 1) ?? -1;
    return item < 0 ? null : { panel, item };
  }
  const by = STEPS[key];
  if (by === undefined) return null;
  const panel = from?.panel ?? 0;
  const item = panels[panel]?.step(from?.item ?? -1, by) ?? -1;
  return item < 0 ? null : { panel, item };
}

/** The range that a drag has chosen; null if it is none. */
function spanOf(panel: Panel | undefined, { from, to }: Drag): Span | null {
  if (!panel?.brush) return null;
  const { axis } = panel.brush;
  const [dx, dy] = [Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
  if ((axis === "x" ? dx : axis === "y" ? dy : Math.min(dx, dy)) < LEAST_DRAG) return null;
  const { box } = panel;
  const unit = (value: number): number => Math.min(1, Math.max(0, value));
  const xs = [from[0], to[0]].map((x) => unit((x - box.x) / box.width)).sort((a, b) => a - b);
  const ys = [from[1], to[1]].map((y) => unit(1 - (y - box.y) / box.height)).sort((a, b) => a - b);
  return {
    x: axis === "y" ? [0, 1] : [xs[0]!, xs[1]!],
    y: axis === "x" ? [0, 1] : [ys[0]!, ys[1]!],
  };
}

function Chosen({ drag, panel }: { readonly drag: Drag; readonly panel: Panel | undefined }) {
  const span = spanOf(panel, drag);
  if (!panel || !span) return null;
  const { box } = panel;
  const style = {
    left: `${box.x + span.x[0] * box.width}px`,
    top: `${box.y + (1 - span.y[1]) * box.height}px`,
    width: `${(span.x[1] - span.x[0]) * box.width}px`,
    height: `${(span.y[1] - span.y[0]) * box.height}px`,
  };
  return <div class="plot-chosen" style={style} />;
}

/** The hint beside what is pointed at; screen readers hear it from the line that is read out. */
function Hint({ hit, width }: { readonly hit: Hit; readonly width: number }) {
  const isRight = hit.x > width / 2;
  const side = isRight ? { right: `${width - hit.x + 12}px` } : { left: `${hit.x + 12}px` };
  return (
    <>
      <div class="plot-pointed" style={{ left: `${hit.x}px`, top: `${hit.y}px` }} />
      <div class="plot-hint" aria-hidden="true" style={{ top: `${Math.max(0, hit.y - 12)}px`, ...side }}>
        <strong>{hit.title}</strong>
        {hit.lines.map((line) => (
          <span key={line}>{line}</span>
        ))}
      </div>
    </>
  );
}
