// A peer with the protocol of optuna-peer.py. Its samplers propose the same params in every trial: those of PROPOSALS,
// a JSON object of params by the sampler's name. The sampler `absent` is said to be missing.
import { createInterface } from "node:readline";

const proposals = JSON.parse(process.env.PROPOSALS);
let study = null;

function answer(request) {
  if (request.op === "version") {
    const samplers = [...Object.keys(proposals), "absent"];
    return { optuna: "fixed", samplers, missing: ["absent"] };
  }
  if (request.op === "study") study = { params: proposals[request.sampler], asked: 0, told: [] };
  if (request.op === "ask") return { number: study.asked++, params: study.params };
  if (request.op === "tell") study.told.push(request);
  // The processor time is a count of what was told, by which a test sees that every trial was.
  if (request.op === "cost") return { cpuMs: study.told.filter(({ value }) => value !== undefined).length };
  return {};
}

createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
});
