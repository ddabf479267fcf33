/** A grid of cells, each of which has one of at most 256 colours. */
export interface Raster {
  readonly columns: number;
  readonly rows: number;
  /** The colour of each cell, row by row from the top left; 0 is transparent. */
  readonly cells: Uint8Array;
  /** Red, green, blue and opacity of each colour, 0 to 255. */
  readonly palette: Uint8Array;
}

/** The most bytes of a block of deflate that is stored as it is. */
const BLOCK = 65_535;

/**
 * A raster as a PNG with a palette, not compressed, so that it takes neither a browser nor a wait. Its format is that of
 * the PNG specification (W3C, 2003).
 */
export function rasterPng({ columns, rows, cells, palette }: Raster): Uint8Array {
  const colours = palette.length / 4;
  const plte = new Uint8Array(colours * 3);
  const trns = new Uint8Array(colours);
  for (let i = 0; i < colours; i++) {
    plte.set(palette.subarray(i * 4, i * 4 + 3), i * 3);
    trns[i] = palette[i * 4 + 3]!;
  }
  const lines = new Uint8Array(rows * (columns + 1));
  for (let row = 0; row < rows; row++)
    lines.set(cells.subarray(row * columns, (row + 1) * columns), row * (columns + 1) + 1);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, columns);
  view.setUint32(4, rows);
  header.set([8, 3, 0, 0, 0], 8);
  const chunks = [
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    chunk("IHDR", header),
    chunk("PLTE", plte),
    chunk("tRNS", trns),
    chunk("IDAT", stored(lines)),
    chunk("IEND", new Uint8Array(0)),
  ];
  return joined(chunks);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = name.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** Bytes in the format of zlib, as they are. */
function stored(data: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let at = 0; at < data.length || at === 0; at += BLOCK) {
    const part = data.subarray(at, at + BLOCK);
    const isLast = at + BLOCK >= data.length ? 1 : 0;
    const { length } = part;
    parts.push(Uint8Array.of(isLast, length & 255, length >> 8, ~length & 255, (~length >> 8) & 255), part);
  }
  let [a, b] = [1, 0];
  for (const byte of data) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  parts.push(Uint8Array.of(b >> 8, b & 255, a >> 8, a & 255));
  return joined(parts);
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
