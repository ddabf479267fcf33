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
   * Makes a prepared data set once and keeps it as a file in a folder beside the database (`belay.db.cache`). From then
   * on every worker and every launch opens that file, within milliseconds. The data set is made again when the content
   * of one of `files`, one of `values`, the name or the text of `load` changes, or when the file is damaged.
   *
   * @throws BelayError `study`: a wrong option, a source that cannot be read, or data that cannot be stored.
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
   * Reports how far a long load has come: on the terminal, in the log, and in the error if the load fails.
   *
   * @param done - How much is done, from 0 to `total`, in a unit of your own.
   * @param text - The present step, in a few words.
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
  /**
   * Name of the data set, in the name of its file and in the log: 1 to 64 letters, digits, `_`, `-` or `.`; the first
   * is no `-` and no `.`.
   */
  readonly name: string;
  /**
   * The files from which the data set is made; it is made again when their content changes. A relative name starts from
   * the working directory.
   *
   * @default none
   */
  readonly files?: readonly (string | URL)[];
  /**
   * What else the data set depends on, such as settings or a version of your own; it is made again when they change.
   *
   * @default none
   */
  readonly values?: readonly unknown[];
  /**
   * Makes the data: plain objects, plain and typed arrays, text, numbers, booleans and null, nested as you like. The
   * data set is made for one seed if a word that begins with `seed` occurs in the text of this function. Functions that
   * it calls, and variables from outside, are not looked at: name them, or a version of them, in `values`.
   */
  readonly load: () => Data | Promise<Data>;
}
