// The files of TensorBoard are TFRecords: frames of the length of an event, its CRC, the event, and its CRC
// (https://www.tensorflow.org/tutorials/load_data/tfrecord). The CRC is CRC-32C (Castagnoli, RFC 3720), masked so that a
// CRC over bytes that hold CRCs stays a good one. Node's own `zlib.crc32` is of another polynomial.

const POLYNOMIAL = 0x82f63b78;
const MASK_DELTA = 0xa282ead8;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** CRC-32C of bytes, as an unsigned number. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

/** The bytes of a file of records. */
export function recordFile(records: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.alloc(records.reduce((sum, { length }) => sum + length + 16, 0));
  let at = 0;
  for (const record of records) {
    bytes.writeBigUInt64LE(BigInt(record.length), at);
    bytes.writeUInt32LE(masked(bytes.subarray(at, at + 8)), at + 8);
    bytes.set(record, at + 12);
    bytes.writeUInt32LE(masked(record), at + 12 + record.length);
    at += record.length + 16;
  }
  return bytes;
}
