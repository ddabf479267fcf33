/**
 * Whether a text can name a study, a param, kept data or a checkpoint. Such names are words of commands and names of files:
 * with a dash in front they would be taken for options, with a dot for hidden files or a folder.
 */
export function isName(name: unknown): name is string {
  return typeof name === "string" && /^\w[\w.-]{0,63}$/.test(name);
}

/** What `isName` expects, for errors. */
export const NAME_RULE = '1 to 64 letters, digits, "_", "-" or ".", the first neither "-" nor "."';
