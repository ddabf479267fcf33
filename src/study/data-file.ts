import { BelayError, show } from "../core/error.ts";

// The format of a prepared data set, which is one file: a prologue of 32 bytes, a header in JSON, then each array at a
// multiple of 64 bytes. Opening it takes one read and a checksum. The typed arrays are views of what was read, so only
// the header has to be parsed.
//
// The prologue is "BELAYDAT", the version, the length of the header, and a checksum of everything after the prologue.

const MAGIC = "BELAYDAT";
const VERSION = 1;
const PROLOGUE_BYTES = 32;
const ALIGNMENT_BYTES = 64;
/** Plain arrays of at least this many numbers are stored as an array of float64, shorter ones in the header. */
const LONG = 32;

const ARRAYS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;
type ArrayName = keyof typeof ARRAYS;
type TypedArray = InstanceType<(typeof ARRAYS)[ArrayName]>;

/** Where an array is in the file: its offset in bytes and its number of entries. `numbers` is a plain array. */
interface Section {
  readonly type: ArrayName | "numbers";
  readonly offset: number;
  readonly length: number;
}

interface Header {
  readonly key: string;
  readonly tree: Node;
  readonly sections: readonly Section[];
}

/**
 * A value in the header. Values that JSON lacks, lists, objects and arrays in sections are written as an array that
 * begins with the name of their kind.
 */
type Node =
  | null
  | boolean
  | number
  | string
  | readonly ["number", string]
  | readonly ["list", readonly Node[]]
  | readonly ["object", readonly (readonly [string, Node])[]]
  | readonly ["section", number];

/**
 * The bytes of a file with the data: plain objects, plain and typed arrays, text, numbers, booleans and null, nested in
 * any way.
 *
 * @param key - Identifies what the data was made from. `decodeData` accepts the file for the same key only.
 * @throws BelayError `study` for anything else, which names its place in the data.
 */
export function encodeData(what: string, key: string, data: unknown): Uint8Array<ArrayBuffer> {
  const arrays: TypedArray[] = [];
  const types: Section["type"][] = [];
  const add = (array: TypedArray, type: Section["type"]): Node => {
    types.push(type);
    return ["section", arrays.push(array) - 1];
  };
  const tree = toNode(what, data, "data", [], add);
  const layout = (headerBytes: number): { sections: Section[]; totalBytes: number } => {
    let end = PROLOGUE_BYTES + headerBytes;
    const sections = arrays.map((array, i): Section => {
      const offset = align(end);
      end = offset + array.byteLength;
      return { type: types[i]!, offset, length: array.length };
    });
    return { sections, totalBytes: Math.ceil(end / 4) * 4 };
  };
  // The header holds offsets that depend on its own length, so it is padded with spaces to a length known beforehand.
  const encoder = new TextEncoder();
  const text = (sections: readonly Section[]): Uint8Array =>
    encoder.encode(JSON.stringify({ key, tree, sections } satisfies Header));
  const headerBytes =
    align(PROLOGUE_BYTES + text(layout(0).sections).length + 24 * arrays.length) - PROLOGUE_BYTES;
  const { sections, totalBytes } = layout(headerBytes);
  const bytes = new Uint8Array(totalBytes);
  bytes.fill(32, PROLOGUE_BYTES, PROLOGUE_BYTES + headerBytes);
  bytes.set(text(sections), PROLOGUE_BYTES);
  arrays.forEach((array, i) => {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), sections[i]!.offset);
  });
  bytes.set(encoder.encode(MAGIC));
  new Uint32Array(bytes.buffer, 8, 2).set([VERSION, headerBytes]);
  new Int32Array(bytes.buffer, 16, 4).set(checksum(bytes, headerBytes));
  return bytes;
}

/**
 * The data in the bytes of a file. Its typed arrays are views of them.
 *
 * @returns null for a file that is damaged, cut short, of another version or for another key.
 */
export function decodeData(key: string, bytes: Uint8Array<ArrayBuffer>): { readonly data: unknown } | null {
  if (bytes.length < PROLOGUE_BYTES || bytes.length % 4 !== 0 || bytes.byteOffset % 8 !== 0) return null;
  if (new TextDecoder().decode(bytes.subarray(0, 8)) !== MAGIC) return null;
  const [version, headerBytes] = new Uint32Array(bytes.buffer, bytes.byteOffset + 8, 2);
  if (version !== VERSION || PROLOGUE_BYTES + headerBytes! > bytes.length) return null;
  const stored = new Int32Array(bytes.buffer, bytes.byteOffset + 16, 4);
  if (!checksum(bytes, headerBytes!).every((lane, i) => lane === stored[i])) return null;
  const header = JSON.parse(
    new TextDecoder().decode(bytes.subarray(PROLOGUE_BYTES, PROLOGUE_BYTES + headerBytes!)),
  ) as Header;
  if (header.key !== key) return null;
  const arrays = header.sections.map(({ type, offset, length }) => {
    const ArrayOf = ARRAYS[type === "numbers" ? "Float64Array" : type];
    const array = new ArrayOf(bytes.buffer, bytes.byteOffset + offset, length);
    return type === "numbers" ? Array.from(array as Float64Array) : array;
  });
  return { data: fromNode(header.tree, arrays) };
}

function toNode(
  what: string,
  value: unknown,
  path: string,
  above: readonly unknown[],
  add: (array: TypedArray, type: Section["type"]) => Node,
): Node {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number")
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : ["number", Object.is(value, -0) ? "-0" : `${value}`];
  if (typeof value === "object" && above.includes(value)) throw refusal(what, path, "a cycle");
  const next = (child: unknown, step: string): Node =>
    toNode(what, child, path + step, [...above, value], add);
  if (Array.isArray(value)) {
    const isLong = value.length >= LONG && value.every((item) => typeof item === "number");
    return isLong
      ? add(Float64Array.from(value), "numbers")
      : ["list", Array.from(value, (item, i) => next(item, `[${i}]`))];
  }
  if (ArrayBuffer.isView(value)) {
    const type = (Object.keys(ARRAYS) as ArrayName[]).find((name) => value instanceof ARRAYS[name]);
    if (type) return add(value as TypedArray, type);
  } else if (isPlain(value)) {
    const entries = Object.entries(value).filter(([, child]) => child !== undefined);
    return ["object", entries.map(([name, child]) => [name, next(child, `.${name}`)] as const)];
  }
  throw refusal(what, path, show(value));
}

function fromNode(node: Node, arrays: readonly unknown[]): unknown {
  if (node === null || typeof node !== "object") return node;
  if (node[0] === "number") return Number(node[1]);
  if (node[0] === "section") return arrays[node[1]];
  if (node[0] === "list") return node[1].map((item) => fromNode(item, arrays));
  return Object.fromEntries(node[1].map(([name, child]) => [name, fromNode(child, arrays)]));
}

function isPlain(value: unknown): value is object {
  if (value === null || typeof value !== "object") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function refusal(what: string, path: string, came: string): BelayError {
  const expected = "plain objects, plain and typed arrays, text, numbers, booleans and null to store";
  return new BelayError("study", `${what}: expected ${expected}, got ${came} at ${path}`);
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

/**
 * A checksum of the words after the prologue: four lanes of multiply-xor, several times as quick as a cryptographic
 * hash on a processor that has no instruction for one. It detects accidents, not attacks. Every step is a bijection of
 * its lane, so that a change of a single word is always detected.
 */
function checksum(bytes: Uint8Array<ArrayBuffer>, headerBytes: number): [number, number, number, number] {
  const words = new Int32Array(
    bytes.buffer,
    bytes.byteOffset + PROLOGUE_BYTES,
    (bytes.length - PROLOGUE_BYTES) >> 2,
  );
  let [a, b, c, d] = [1, 2, headerBytes | 0, bytes.length | 0];
  const whole = words.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    a = Math.imul(a ^ words[i]!, 0x85ebca6b);
    a ^= a >>> 15;
    b = Math.imul(b ^ words[i + 1]!, 0xc2b2ae35);
    b ^= b >>> 15;
    c = Math.imul(c ^ words[i + 2]!, 0x27d4eb2f);
    c ^= c >>> 15;
    d = Math.imul(d ^ words[i + 3]!, 0x165667b1);
    d ^= d >>> 15;
  }
  for (let i = whole; i < words.length; i++) a = Math.imul(a ^ words[i]!, 0x85ebca6b) ^ i;
  return [a | 0, b | 0, c | 0, d | 0];
}
