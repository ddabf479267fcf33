/**
 * The `tf` of a study without a backend. The types refuse its use; a study in plain JavaScript gets an error that says
 * what to add, instead of one about null. Only its use throws: passing, printing and awaiting it are harmless.
 */
export const noTensorFlow: unknown = new Proxy(Object.freeze({}), { get: refuse });

function refuse(_: object, name: string | symbol): undefined {
  if (typeof name === "symbol" || name === "then" || name === "toJSON") return undefined;
  const message = `tf.${name}: expected a study with a backend, got none: add backend: "auto" to the study`;
  const error = new TypeError(message);
  // The stack starts at the trial's own line.
  Error.captureStackTrace(error, refuse);
  throw error;
}
