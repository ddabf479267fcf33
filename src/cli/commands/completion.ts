import { basename } from "node:path";
import type { ArgumentsCamelCase, Argv, CommandModule } from "yargs";
import { BelayError, didYouMean, show } from "../../core/error.ts";
import { optionalText } from "../arguments.ts";
import { completionScript, SHELLS, type Shell } from "../completion/script.ts";
import { print } from "../terminal/output.ts";

/** The script by which a shell completes what is typed. */
export const completionCommand = {
  command: "completion [shell]",
  describe: "prints a script by which bash, zsh or fish completes what is typed, names of studies too",
  builder: (yargs: Argv) =>
    yargs
      .positional("shell", { type: "string", describe: "bash, zsh or fish [that of $SHELL]" })
      .example("source <($0 completion bash)", "in ~/.bashrc; the script says where others put it"),
  handler: (argv: ArgumentsCamelCase) => {
    const shell = shellOf(optionalText(argv.shell));
    const script = completionScript(shell);
    if (argv.json) print(JSON.stringify({ shell, script }));
    else print(script.trimEnd().split("\n"), { exact: true });
  },
} satisfies CommandModule;

/** @throws BelayError `usage`: no shell for which there is a script. */
function shellOf(typed: string | undefined): Shell {
  const own = process.env.SHELL;
  const name = typed ?? basename(own ?? "");
  const shell = SHELLS.find((each) => each === name);
  if (shell) return shell;
  const got =
    typed === undefined
      ? `none, and $SHELL is ${own ? show(own) : "not set"}`
      : show(typed) + didYouMean(typed, SHELLS);
  throw new BelayError("usage", `shell: expected one of ${SHELLS.join(", ")}, got ${got}`);
}
