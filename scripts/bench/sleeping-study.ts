/** A study file whose trials sleep for 100 ms: any further time that a run takes is Belay's own. */
export const SLEEPING_STUDY = `import { defineStudy, float } from "belay";
export default defineStudy({ name: "sleep", direction: "minimize", space: { x: float(0, 1) },
  train: async ({ params }) => { await new Promise((resolve) => setTimeout(resolve, 100)); return params.x; } });`;
