/**
 * What a trial keeps on disk for its next attempt: a folder of its own, removed when the trial has ended.
 *
 * @example
 * train: async ({ checkpoint }) => {
 *   let { epoch, weights } = (await checkpoint.load<State>("state")) ?? start();
 *   for (; epoch < 100; epoch++) {
 *     weights = improve(weights);
 *     await checkpoint.save("state", { epoch: epoch + 1, weights });
 *   }
 *   return score(weights);
 * }
 */
export interface Checkpoint {
  /** An absolute path, for files of your own; it exists once it has been asked for. */
  readonly folder: string;
  /**
   * Saves plain data, typed arrays, Maps and Dates, and, in a study with a backend, tensors, variables and Layers models
   * (with their optimizer, if compiled), alone or anywhere inside objects and arrays. A save is whole or not there: a
   * trial that is killed meanwhile finds what was saved before under that name.
   *
   * @param name - 1 to 64 letters, digits, `_`, `-` or `.`, the first no `-` or `.`.
   */
  save(name: string, data: unknown): Promise<void>;
  /** What was saved last under that name, by this attempt or an earlier one; null: nothing. Tensors and models are new. */
  load<Data = unknown>(name: string): Promise<Data | null>;
}
