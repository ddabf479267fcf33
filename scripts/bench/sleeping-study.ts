/** A study file whose trials sleep for 100 ms: what a run takes beside that is Belay's. */
export const SLEEPING_STUDY = `import { defineStudy, float } from "belay";
export default defineStudy({ name: "sleep", direction: "minimize", space: { x: float(0, 1) },
  train: async ({ params }) => { await new Promise((resolve) => setTimeout(resolve, 100)); return params.x; } });`;
