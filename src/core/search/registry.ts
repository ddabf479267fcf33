import { BelayError, didYouMean, type ErrorCode, show } from "../error.ts";
import { checkOptions } from "../options.ts";
import type { Json } from "../trial.ts";
import { isSpec, parseSpec, type Spec, type WrittenSpec } from "./spec.ts";

/** How the sampler, or the pruner, of one name is made. */
export interface Maker<Made> {
  /**
   * The factory, which checks the options.
   *
   * @param make - Makes the pruner that an option names, for a pruner that wraps another.
   */
  readonly make: (options: Spec["options"], make: (given: Json) => Made) => Made;
  /** The option whose name may be left out in text: `patient(median)` is `patient(pruner=median)`. */
  readonly first?: string;
}

/** The maker for a factory without options. */
export function withoutOptions<Made>(name: string, make: () => Made): Maker<Made> {
  return {
    make: (options) => {
      checkOptions(name, options, [], "usage");
      return make();
    },
  };
}

/** The samplers, or the pruners, by name. */
export interface Registry<Made> {
  readonly names: readonly string[];
  /**
   * Reads a spec from a text such as `tpe(startupTrials=20)`, without making anything; a spec is returned as it is.
   *
   * @throws BelayError `usage`: a text that is no spec, or an unknown name.
   */
  read(what: string, given: unknown): Spec;
  /**
   * Makes the sampler, or the pruner, of a spec or of its text.
   *
   * @param what - Where the spec is from, as the error names it: `--sampler`, `digits.ts: sampler`.
   * @throws BelayError `usage`, one line: an unknown name or option (the nearest one is offered), or a wrong value.
   */
  make(what: string, given: unknown): Made;
}

export function registry<Made>(makers: Readonly<Record<string, Maker<Made>>>): Registry<Made> {
  const names = Object.keys(makers);

  function find(what: string, name: string): Maker<Made> {
    if (Object.hasOwn(makers, name)) return makers[name]!;
    throw new BelayError(
      "usage",
      `${what}: expected one of ${names.join(", ")}, got ${show(name)}${didYouMean(name, names)}`,
    );
  }

  /** The spec of a written one, in which every value has the name of its option. */
  function named(what: string, { name, args }: WrittenSpec): Spec {
    const { first } = find(what, name);
    const options: [string, Json][] = [];
    args.forEach(({ key: written, value }, i) => {
      const key = written ?? (i === 0 ? first : undefined);
      if (key === undefined)
        throw new BelayError("usage", `${what}: ${name}: expected options by name, such as key=value`);
      if (options.some(([other]) => other === key))
        throw new BelayError("usage", `${what}: ${name}: expected ${key} once, got it twice`);
      options.push([key, "spec" in value ? { ...named(what, value.spec) } : value.value]);
    });
    return { name, options: Object.fromEntries(options) };
  }

  function read(what: string, given: unknown): Spec {
    if (typeof given === "string") return named(what, parseSpec(what, given));
    if (isSpec(given)) return { name: given.name, options: given.options };
    throw new BelayError("usage", `${what}: expected a name, got ${show(given)}`);
  }

  function make(what: string, given: unknown): Made {
    const { name, options } = read(what, given);
    const maker = find(what, name);
    return within(what, () => maker.make(options, (inner) => make(`${what}: ${name}`, inner)));
  }

  return { names, read, make };
}

/** Prefixes an error of a factory with what it is about. */
function within<Made>(what: string, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof BelayError) || error.message.startsWith(`${what}: `)) throw error;
    const code: ErrorCode = error.code;
    throw new BelayError(code, `${what}: ${error.message}`, { cause: error });
  }
}
