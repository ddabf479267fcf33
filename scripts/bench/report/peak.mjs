// Preloaded by bench:report: prints the CPU time in milliseconds and the largest resident memory in bytes at the end.
process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stderr.write(`\n${(userCPUTime + systemCPUTime) / 1000} ${maxRSS * 1024}\n`);
});
