import { type ControlRequest, control } from "../../launch/control.ts";
import { commandOn } from "../../store/command-line.ts";
import { print } from "./output.ts";

/** How an answer is shown. */
interface AnswerOptions {
  readonly json: boolean;
  /** What `belay resume` would do after the order, for advice; absent: a resume is not advised. */
  readonly afterwards?: string;
}

/** Sends an order to a running study, and prints the answer. */
export async function showAnswer(
  request: ControlRequest,
  { json, afterwards }: AnswerOptions,
): Promise<void> {
  const answer = await control(request);
  const advice = afterwards ? `; \`${commandOn(request.db, "resume", answer.study)}\` ${afterwards}` : "";
  print(json ? JSON.stringify(answer) : `${answer.study}: ${answer.message}${advice}`);
}
