import { describe, expect, test } from "vitest";
import { belay, folder } from "../../support/belay.ts";
import { expectRefusal } from "../../support/refused.ts";

/** The script that \`belay completion\` prints. */

const SHELLS = ["bash", "zsh", "fish"];

describe("the script", () => {
  test.each([
    ["/bin/tcsh", '$SHELL is "/bin/tcsh"'],
    ["", "$SHELL is not set"],
  ])("is refused for a $SHELL of %j, with the shells for which there is one", async (SHELL, says) => {
    const line = ["shell: expected one of bash, zsh, fish, got none, and", says];
    await expectRefusal(folder(), ["completion"], { code: 2, says: line, env: { SHELL } });
  });

  test.each(SHELLS)(
    "of %s is that of $SHELL, says where it belongs, and completes without `belay` on the path",
    async (shell) => {
      const asked = await belay(folder(), ["completion", shell]);
      const guessed = await belay(folder(), ["completion"], { SHELL: `/usr/local/bin/${shell}` });
      expect({ ...guessed }).toEqual({ ...asked, code: 0, stderr: "" });
      const comment = asked.stdout.split(/\n(?![#])/)[0]!;
      expect(comment).toContain(`belay completion ${shell}`);
      expect(comment).toMatch(/~\/\.(bashrc|zshrc|config\/fish\/config\.fish)/);
      expect(asked.stdout).toContain(`'${process.execPath}' '`);
    },
  );
});
