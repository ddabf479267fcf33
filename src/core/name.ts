/**
 * Whether a text can name a study, a param, cached data or a checkpoint. Such names become arguments of commands and
 * names of files: a dash in front would make one an option, a dot in front a hidden file or a parent folder.
 */
export function isName(name: unknown): name is string {
  return typeof name === "string" && /^\w[\w.-]{0,63}$/.test(name);
}

/** What `isName` accepts, as error messages say it. */
export const NAME_RULE = '1 to 64 letters, digits, "_", "-" or ".", the first neither "-" nor "."';
