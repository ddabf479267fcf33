/**
 * What a trial keeps on disk for its next attempt: a folder of its own, which is removed when the trial has ended.
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
  /** Absolute path of the folder, for files of your own. Reading this property creates the folder. */
  readonly folder: string;
  /**
   * Saves plain data, typed arrays, Maps and Dates and, in a study with a backend, tensors, variables and Layers models
   * (with their optimizer, if compiled), alone or anywhere inside objects and arrays. A save is atomic: if the trial is
   * killed meanwhile, its next attempt finds what was saved under that name before.
   *
   * @param name - 1 to 64 letters, digits, `_`, `-` or `.`; the first is no `-` and no `.`.
   */
  save(name: string, data: unknown): Promise<void>;
  /**
   * Loads what was last saved under that name, by this attempt or an earlier one; null if nothing was. Tensors and
   * models are created anew.
   */
  load<Data = unknown>(name: string): Promise<Data | null>;
}
