import { expect, test } from "vitest";
import { validOf } from "../../../src/dashboard/client/plots/drawing/valid.ts";

test("invalid trials are not shown, whatever else is", () => {
  const mask = Uint8Array.of(1, 1, 0, 0);
  const invalid = Uint8Array.of(0, 1, 1, 0);
  expect([...validOf(mask, invalid)!]).toEqual([1, 0, 0, 0]);
  expect([...validOf(null, invalid)!]).toEqual([1, 0, 0, 1]);
  expect([...mask]).toEqual([1, 1, 0, 0]);
});

test("a mask stays the same as long as nothing is invalid, or that is not known yet", () => {
  const mask = Uint8Array.of(1, 0);
  expect(validOf(mask, new Uint8Array(2))).toBe(mask);
  expect(validOf(mask, null)).toBe(mask);
  expect(validOf(null, new Uint8Array(2))).toBeNull();
  const invalid = Uint8Array.of(1, 0);
  expect(validOf(mask, invalid)).toBe(validOf(mask, invalid));
});
