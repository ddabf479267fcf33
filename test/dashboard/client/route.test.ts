import * as fc from "fast-check";
import { expect, test } from "vitest";
import { commandOn } from "../../../src/dashboard/client/state/commands.ts";
import { type Route, readAddress, writeAddress } from "../../../src/dashboard/client/state/route.ts";

const name = fc.string({ minLength: 1, maxLength: 64, unit: "grapheme" });

/** Names that an address may not take for a step up or for nothing. */
const study = name.filter((text) => text !== "." && text !== "..");

const routes: fc.Arbitrary<Route> = fc.oneof(
  fc.constant({ view: "studies" } as const),
  fc.record({ view: fc.constantFrom("study", "plots", "trials"), study }),
  fc.record({ view: fc.constant("trial"), study, number: fc.nat(999_999) }),
  fc.record({ view: fc.constant("compare"), studies: fc.uniqueArray(name, { minLength: 1 }) }),
) as fc.Arbitrary<Route>;

test("An address leads back to the view and all of its state, whatever the names", () => {
  const queries = fc.dictionary(
    name.filter((key) => key !== "study" && key !== "__proto__"),
    name,
  );
  fc.assert(
    fc.property(routes, queries, (route, query) => {
      const { pathname, search } = new URL(writeAddress(route, query), "http://127.0.0.1:4100");
      const found = readAddress(pathname, search);
      expect(found.route).toEqual(route);
      expect({ ...found.query }).toEqual({ ...query });
    }),
  );
});

test.each([
  "/nothing",
  "/studies/a/b",
  "/studies/a/trials/x",
  "/studies/a/trials/-1",
  "/studies/a/trials/1/2",
  "/studies/a/plots/1",
])("%s is no view", (path) => {
  expect(readAddress(path, "").route).toEqual({ view: "unknown" });
});

test("An address that cannot be decoded is read as it stands", () => {
  expect(readAddress("/studies/%E0%A4%A", "").route).toEqual({ view: "study", study: "%E0%A4%A" });
});

test("A command can be pasted whatever the names and the database are", () => {
  expect(commandOn("belay.db", "show", "digits", "7")).toBe("belay show digits 7");
  expect(commandOn("/data/my runs.db", "query", "it's", "--where", "value > 0.9")).toBe(
    `belay query 'it'\\''s' --where 'value > 0.9' --db '/data/my runs.db'`,
  );
});
