import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

// Messages of TensorBoard in the wire format of protocol buffers. The numbers are those of the fields in
// tensorboard/compat/proto/event.proto, summary.proto and tensor.proto.

/** Writes fields of a message; `fields` of a message within it writes that one's fields. */
export interface Message {
  text(field: number, value: string): Message;
  bytes(field: number, value: Uint8Array): Message;
  whole(field: number, value: number): Message;
  double(field: number, value: number): Message;
  float(field: number, value: number): Message;
  message(field: number, fields: (inner: Message) => void): Message;
}

/** Encodes a message. */
export function encoded(fields: (message: Message) => void): Uint8Array {
  const writer = new BinaryWriter();
  const message: Message = {
    text: (field, value) => after(writer.tag(field, WireType.LengthDelimited).string(value)),
    bytes: (field, value) => after(writer.tag(field, WireType.LengthDelimited).bytes(value)),
    whole: (field, value) => after(writer.tag(field, WireType.Varint).int64(value)),
    double: (field, value) => after(writer.tag(field, WireType.Bit64).double(value)),
    float: (field, value) => after(writer.tag(field, WireType.Bit32).float(value)),
    message: (field, write) => {
      writer.tag(field, WireType.LengthDelimited).fork();
      write(message);
      return after(writer.join());
    },
  };
  const after = (_: BinaryWriter): Message => message;
  fields(message);
  return writer.finish();
}

/** The first event of a file, without which it is taken for an older format. */
export function versionEvent(atMs: number): Uint8Array {
  return event(atMs, (message) => message.text(3, "brain.Event:2"));
}

/** A number at a step. TensorBoard holds single precision. */
export function scalarEvent(
  tag: string,
  { atMs, step, value }: { readonly atMs: number; readonly step: number; readonly value: number },
): Uint8Array {
  return event(atMs, (message) =>
    message.whole(2, step).message(5, (summary) => {
      summary.message(1, (each) => each.text(1, tag).float(2, value));
    }),
  );
}

/** A tensor without entries: TensorBoard passes over a value that has none. */
const EMPTY_TENSOR = encoded((tensor) =>
  tensor.whole(1, 1).message(2, (shape) => shape.message(2, (size) => size.whole(1, 0))),
);

/** What a plugin of TensorBoard keeps in the metadata of a value, which has no number of its own. */
export function pluginEvent(
  tag: string,
  { plugin, content, atMs }: { readonly plugin: string; readonly content: Uint8Array; readonly atMs: number },
): Uint8Array {
  return event(atMs, (message) =>
    message.message(5, (summary) => {
      summary.message(1, (each) => {
        each.text(1, tag).bytes(8, EMPTY_TENSOR);
        each.message(9, (metadata) => {
          metadata.message(1, (data) => data.text(1, plugin).bytes(2, content));
        });
      });
    }),
  );
}

function event(atMs: number, fields: (message: Message) => void): Uint8Array {
  return encoded((message) => {
    fields(message.double(1, atMs / 1000));
  });
}
