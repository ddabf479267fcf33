import { expect, it } from "vitest";
import { belay, folder, trials, write } from "../../support/belay.ts";
import { expectRefusal } from "../../support/refused.ts";

/** A study whose params have names that every object has already. */
const study = (space: string): string => `import { categorical, defineStudy, float, int } from "belay";
export default defineStudy({
  name: "odd", direction: "minimize", space: ${space},
  train: ({ params }) => Object.keys(params).length,
});`;

it("accepts params named like members of every object: constructor, toString", async () => {
  const cwd = folder();
  write(cwd, {
    "odd.ts": study(
      `{ constructor: float(0, 1), toString: int(1, 5), valueOf: categorical(["a", "b"]), hasOwnProperty: float(0, 1).when("valueOf", "b") }`,
    ),
  });
  const run = ["--sampler", "random", "--seed", "3", "--durability", "normal"];
  const { code, stderr } = await belay(cwd, ["launch", "odd.ts", "--trials", "8", ...run]);
  expect(code, stderr).toBe(0);
  const all = await trials(cwd, "odd");
  for (const { params, value } of all) {
    const names = params.valueOf === ("b" as unknown) ? ["hasOwnProperty"] : [];
    expect(Object.keys(params).sort()).toEqual(["constructor", "toString", "valueOf", ...names].sort());
    expect(value).toBe(Object.keys(params).length);
  }
  const where = "constructor > 0.5 and hasOwnProperty is null and valueOf = a";
  const columns = ["--columns", "number,constructor,hasOwnProperty,valueOf", "--json"];
  const found = await belay(cwd, ["query", "odd", "--where", where, ...columns]);
  expect(found.code, found.stderr).toBe(0);
  const expected = all.filter(
    ({ params }) => Number(params.constructor) > 0.5 && !Object.hasOwn(params, "hasOwnProperty"),
  );
  expect(JSON.parse(found.stdout)).toEqual(
    expected.map(({ number, params }) => ({
      ...{ number, constructor: params.constructor, hasOwnProperty: null, valueOf: "a" },
    })),
  );
  const next = await belay(cwd, ["resume", "odd", "--add", "2"]);
  expect(next.code, next.stderr).toBe(0);
});

it.each([
  ["written as in a literal, where it is no key", `{ __proto__: float(0, 1) }`],
  ["beside others", `{ x: float(0, 1), "__proto__": float(0, 1) }`],
  ["as a key of its own", `{ x: float(0, 1), ["__proto__"]: float(0, 1) }`],
])("refuses a param called __proto__, %s: it would be lost", async (_, space) => {
  const cwd = folder();
  write(cwd, { "odd.ts": study(space) });
  await expectRefusal(cwd, ["launch", "odd.ts"], {
    code: 2,
    says: ["odd.ts: space: ", 'got "__proto__"'],
  });
});
