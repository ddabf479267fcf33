/**
 * What `data` and `splits` receive.
 *
 * @example
 * splits: (data, { seed }) => stratifiedKFold(data.labels, { folds: 5, seed })
 */
export interface SetupContext {
  /** The study's seed: the same in every worker. */
  readonly seed: number;
}

/**
 * What `data` receives.
 *
 * @example
 * data: async ({ seed, progress }) => {
 *   progress(0, 2, "reading images");
 *   const images = await readImages();
 *   progress(1, 2, "reading labels");
 *   return { images, labels: await readLabels() };
 * }
 */
export interface DataContext extends SetupContext {
  /**
   * Makes a prepared data set once, keeps it in a folder beside the database (`belay.db.cache`), and opens it in
   * milliseconds from then on, in every worker and every launch. It is made again when one of `files` or `values`, the
   * name, or the text of `load` changes, or when the file is damaged.
   *
   * @throws BelayError `study`: a source that cannot be read, or data that cannot be stored.
   * @example
   * data: ({ cached }) =>
   *   cached({
   *     name: "weather",
   *     files: [new URL("weather.csv", import.meta.url)],
   *     load: () => ({ days: Float32Array.from(readDays()) }),
   *   })
   */
  cached<Data>(options: CacheOptions<Data>): Promise<Data>;
  /**
   * Tells how far a long load has come: on the terminal, in the log, and in the error should it fail.
   *
   * @param done - What is done, from 0 to `total`.
   * @param text - The step, in a few words.
   * @example
   * progress(file, files.length, "reading recordings")
   */
  progress(done: number, total: number, text?: string): void;
}

/**
 * Options of `cached`.
 *
 * @example
 * cached({ name: "digits", values: [{ size: 28 }], load: () => readDigits(28) })
 */
export interface CacheOptions<Data> {
  /** Names the data set in its file and in the log: 1 to 64 letters, digits, `_`, `-`, `.`, the first no `-` or `.`. */
  readonly name: string;
  /** Files that it is made from; a change of their content makes it again. Names are relative to the working directory. */
  readonly files?: readonly (string | URL)[];
  /** What else it depends on: settings, a version of your own. */
  readonly values?: readonly unknown[];
  /**
   * Makes the data: plain objects, plain and typed arrays, text, numbers, booleans and null, in any nesting. The
   * seed counts if the word stands in its text. What it calls, and other variables from outside, are not looked at:
   * name them, or a version of them, in `values`.
   */
  readonly load: () => Data | Promise<Data>;
}
