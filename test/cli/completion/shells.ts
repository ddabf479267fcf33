import { spawnSync } from "node:child_process";
import { MAIN } from "../../support/belay.ts";

/** Shells that complete a line by the script which `belay completion` prints. */

/** What a shell offers for the last word of a line. */
export interface Offered {
  readonly words: readonly string[];
  /** Whether a space follows a word that is chosen. */
  readonly space: boolean;
}

/** A word as bash splits a line, with the spaces before it. */
const PIECE = "^([[:space:]]*)([=:]+|(\\\\.|'[^']*'|[^=:[:space:]])+)";

/** The shells, each with a program that completes the line `$LINE` and prints a line for each word. */
const PROGRAMS = {
  // Bash splits a line at = and :, and calls the function in its own way. `compopt` works only while it does.
  bash: `source <(belay completion bash)
compopt() { [[ $2 == nospace ]] && echo NOSPACE; }
COMP_LINE=$LINE COMP_POINT=\${#LINE} COMP_WORDS=()
rest=$LINE
while [[ $rest =~ $PIECE ]]; do
  COMP_WORDS+=("\${BASH_REMATCH[2]}")
  rest=\${rest:\${#BASH_REMATCH[0]}}
done
[[ $rest == ' ' ]] && COMP_WORDS+=("")
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_belay_completion belay
((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"`,
  // zsh completes within its line editor only: what the script calls of it writes down how it is called.
  zsh: `compdef() { :; }
compset() { HEAD=\${PREFIX%%=*}=; PREFIX=\${PREFIX#*=}; }
_describe() {
  local each
  [[ $5 == -S && -z $6 ]] && echo NOSPACE
  for each in "\${(@P)4}"; do each=\${each//\\\\:/$'\\0'}; echo -E "\${\${each/:/	}//$'\\0'/:}"; done
}
_files() {
  local each pattern=\${2:-*}
  for each in *(N); do [[ -d $each || $each == \${~pattern} ]] && [[ $each == $PREFIX* ]] && echo -E "$HEAD$each"; done
}
source <(belay completion zsh)
words=(\${(z)LINE})
[[ $LINE == *' ' ]] && words+=("")
CURRENT=$#words PREFIX=\${words[-1]} HEAD=
_belay`,
  fish: `belay completion fish | source
complete -C "$LINE"`,
};

export type TestedShell = keyof typeof PROGRAMS;

/** How a shell is told to run a program without the settings of the person who runs the tests. */
const START: Readonly<Record<TestedShell, readonly string[]>> = {
  bash: ["--norc", "-c"],
  zsh: ["-f", "-c"],
  fish: ["--no-config", "-c"],
};

/** Whether a shell is installed. */
export function hasShell(shell: TestedShell): boolean {
  return spawnSync(shell, ["-c", "true"]).status === 0;
}

/** Types a line in a folder and asks for what completes it; meanings follow a tab in zsh and fish. */
export function offered(
  shell: TestedShell,
  cwd: string,
  line: string,
  env: Readonly<Record<string, string>> = {},
): Offered {
  const belay = `'${process.execPath}' '${MAIN}'`;
  const defined = shell === "fish" ? `function belay; ${belay} $argv; end` : `belay() { ${belay} "$@"; }`;
  const { stdout, stderr, status } = spawnSync(shell, [...START[shell], `${defined}\n${PROGRAMS[shell]}`], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, HOME: cwd, LINE: line, PIECE, ...env },
  });
  if (stderr !== "") throw new Error(`${shell} printed ${stderr} (exit code ${status})`);
  const lines = stdout.split("\n").filter(Boolean);
  return { words: lines.filter((each) => each !== "NOSPACE"), space: !lines.includes("NOSPACE") };
}
