import fc from "fast-check";
import { expect, test } from "vitest";
import { readFrame } from "../../../src/dashboard/client/data/frame.ts";
import { writeFrame } from "../../../src/report/page/frame.ts";
import type { CellType, FrameHead } from "../../../src/report/page/page.ts";

const ARRAYS = { f8: Float64Array, f4: Float32Array, i4: Int32Array, u1: Uint8Array };

test("a page reads the frame that the server has written, whatever its columns", () => {
  const type = fc.constantFrom<CellType>("f8", "f4", "i4", "u1");
  const columns = fc.array(fc.record({ name: fc.string(), type }), { maxLength: 6 });
  fc.assert(
    fc.property(columns, fc.nat(33), (heads, rows) => {
      const named = heads.map((head, i) => ({ ...head, name: `${i}${head.name}` }));
      const cells = named.map(({ type }, i) =>
        ARRAYS[type].from(Array.from({ length: rows }, (_, row) => row + i)),
      );
      const head: FrameHead = { version: 7, rows, whole: true, columns: named };
      const frame = readFrame(writeFrame(head, cells).buffer);
      expect(frame.head).toEqual(head);
      expect([...frame.columns.values()].map((column) => column.cells)).toEqual(cells);
    }),
  );
});

test("cells that are not of the type of their column are refused", () => {
  const head: FrameHead = { version: 0, rows: 1, whole: true, columns: [{ name: "value.0", type: "f8" }] };
  expect(() => writeFrame(head, [new Float32Array(1)])).toThrow("value.0: expected cells of 8 bytes, got 4");
});
