import {
  anyNumber,
  type FieldReader,
  field,
  fields,
  finite,
  list,
  record,
  reject,
  ValidationError,
  whole,
} from "../../door/fields.ts";

/** The version of the protocol that Belay speaks with programs. */
export const PROTOCOL = 1;

/** What a program says. */
export type ProgramMessage =
  | { readonly kind: "hello"; readonly protocol: number }
  /** Progress within the split; it is answered by a verdict. */
  | { readonly kind: "report"; readonly step: number; readonly value: number }
  /** The result of the split. */
  | { readonly kind: "value"; readonly values: readonly number[]; readonly constraints: readonly number[] };

/** What Belay says to a program. */
export type ToProgram =
  | {
      readonly kind: "welcome";
      readonly protocol: number;
      readonly params: Readonly<Record<string, unknown>>;
      readonly trial: number;
      readonly attempt: number;
      readonly splits: number;
      readonly directions: readonly string[];
      readonly checkpoint: string;
    }
  | { readonly kind: "split"; readonly split: number; readonly seed: number }
  | { readonly kind: "verdict"; readonly answer: "go" | "prune" }
  /** Nothing more is asked: the program cleans up and ends. */
  | { readonly kind: "bye" };

/** Something that is no message of the protocol, in the words after "expected messages of protocol 1, got". */
export interface NoMessage {
  readonly kind: "invalid";
  readonly got: string;
}

const MOST_NUMBERS = 1_000;

const numbers: FieldReader<number[]> = (value) =>
  Array.isArray(value) && value.length > MOST_NUMBERS
    ? reject(`at most ${MOST_NUMBERS} numbers`, value)
    : list(anyNumber)(value);

const result: FieldReader<{ values: number[]; constraints: number[] }> = (message) => {
  const { value, values, constraints } = fields(message);
  if (value !== undefined && values !== undefined) return reject("either value or values", "both");
  return {
    values: value === undefined ? field(message, "values", numbers) : [field(message, "value", anyNumber)],
    constraints: constraints === undefined ? [] : field(message, "constraints", numbers),
  };
};

const READERS: { readonly [Kind in ProgramMessage["kind"]]: FieldReader<object> } = {
  hello: record({ protocol: whole() }),
  report: record({ step: finite, value: anyNumber }),
  value: result,
};

/** Reads a line of a program. It is untrusted: what is no message of the protocol becomes a `NoMessage`. */
export function readMessage(line: string): ProgramMessage | NoMessage {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { kind: "invalid", got: `a line that is no JSON (${JSON.stringify(line.slice(0, 60))})` };
  }
  try {
    const { kind } = fields(value);
    if (typeof kind !== "string" || !Object.hasOwn(READERS, kind))
      return { kind: "invalid", got: `a message of an unknown kind (${JSON.stringify(kind)?.slice(0, 60)})` };
    return { kind, ...READERS[kind as ProgramMessage["kind"]](value) } as ProgramMessage;
  } catch (error) {
    const why = error instanceof ValidationError ? `${error.place.slice(1)}: ${error.message}` : "unreadable";
    return { kind: "invalid", got: `one that does not fit (${why.slice(0, 300)})` };
  }
}
