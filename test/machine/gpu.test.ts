import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { gpuMeter, parseGpuProcesses } from "../../src/machine/gpu.ts";

test("lines of pid and MiB become bytes per process; lines that are not numbers are left out", () => {
  const text = "12, 100\n13, 1\n12, 50\n14, [N/A]\n\n[Insufficient Permissions], 3\n";
  expect(parseGpuProcesses(text)).toEqual(
    new Map([
      [12, 150 * 2 ** 20],
      [13, 2 ** 20],
    ]),
  );
});

test("reads once per interval, however often it is asked; without the command memory is unknown", async () => {
  const folder = mkdtempSync(join(tmpdir(), "belay-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const command = join(folder, "nvidia-smi");
  writeFileSync(command, `#!/bin/sh\necho x >> ${folder}/calls; wc -l < ${folder}/calls | sed 's/^/7, /'\n`);
  chmodSync(command, 0o755);
  const meter = gpuMeter(command);
  expect(await meter.read(0)).toBeNull();
  await meter.settled();
  expect(await meter.read(1_000)).toEqual(new Map([[7, 2 ** 20]]));
  await meter.read(2_500);
  await meter.settled();
  expect(await meter.read(2_600)).toEqual(new Map([[7, 2 * 2 ** 20]]));

  const none = gpuMeter(join(folder, "missing"));
  await none.read(0);
  await none.settled();
  expect(await none.read(1)).toBeNull();
});
