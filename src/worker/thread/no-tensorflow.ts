/**
 * Stands for `tf` in a study without a backend. The types refuse its use; a study in plain JavaScript would hear of
 * `null`: this says what to add. Only its use is refused: to take it, to print it and to await it does no harm.
 */
export const noTensorFlow: unknown = new Proxy(Object.freeze({}), { get: refuse });

function refuse(_: object, name: string | symbol): undefined {
  if (typeof name === "symbol" || name === "then" || name === "toJSON") return undefined;
  const message = `tf.${name}: expected a study with a backend, got none: add backend: "auto" to the study`;
  const error = new TypeError(message);
  // The trial's own line comes first.
  Error.captureStackTrace(error, refuse);
  throw error;
}
