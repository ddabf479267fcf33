// The browser that scripts and tests drive.
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Where Chromium is: `BELAY_CHROMIUM`, or where Debian puts it; null if there is none. */
export const CHROMIUM =
  [process.env.BELAY_CHROMIUM, "/usr/bin/chromium"].find((path) => path && existsSync(path)) ?? null;

/** Starts Chromium with nothing that reaches the network by itself. */
export function launchChromium(): Promise<Browser> {
  if (CHROMIUM === null)
    throw new Error(
      "expected Chromium, got none: scripts/debian-packages.sh installs it, BELAY_CHROMIUM names another",
    );
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
      ...["--disable-background-networking", "--disable-component-update"],
    ],
  });
}
