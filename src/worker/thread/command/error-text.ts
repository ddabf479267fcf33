import type { TrialError } from "../../../core/trial.ts";

const MESSAGE_LIMIT = 4_000;
const STACK_LIMIT = 8_000;

/**
 * Finds the error of a program in what it has printed to stderr: the last traceback of Python, else the last line.
 * null: it has printed nothing there.
 */
export function errorIn(stderr: string): TrialError | null {
  const text = stderr.replaceAll("\r", "").trimEnd();
  return pythonError(text) ?? lastLine(text);
}

const TRACEBACK = "Traceback (most recent call last):";
/** The line of an exception: its name with its module, and its message if it has one. */
const EXCEPTION = /^([A-Za-z_][\w.]*)(?:: ([\s\S]*))?$/;
const EXCEPTION_NAME = /(Error|Exception|Interrupt|Exit|Warning|Pruned|Fault)$/;

function pythonError(text: string): TrialError | null {
  const start = text.lastIndexOf(TRACEBACK);
  if (start < 0) return syntaxError(text);
  const lines = text.slice(start).split("\n");
  // Frames are indented; the first line that is not is the exception, and the rest may be more of its message.
  const at = lines.findIndex((line, i) => i > 0 && line !== "" && !/^\s/.test(line));
  if (at < 0) return null;
  const found = EXCEPTION.exec(lines.slice(at).join("\n").trim());
  if (!found) return null;
  return errorOf(found[1]!, found[2] ?? "", lines.slice(0, at + 1).join("\n"));
}

/** Python prints the errors of its parser without the head of a traceback. */
function syntaxError(text: string): TrialError | null {
  const found = /^ {2}File "[^\n]*", line \d+\n[\s\S]*?^((?:Syntax|Indentation|Tab)Error): ([^\n]*)$/m.exec(
    text,
  );
  return found ? errorOf(found[1]!, found[2]!, found[0]) : null;
}

function lastLine(text: string): TrialError | null {
  const line = text.slice(text.lastIndexOf("\n") + 1).trim();
  if (line === "") return null;
  const [, name, message] = /^([A-Za-z_][\w.]*): (.*)$/.exec(line) ?? [];
  if (name !== undefined && EXCEPTION_NAME.test(name)) return errorOf(name, message ?? "", null);
  return errorOf("Exit", line, null);
}

function errorOf(name: string, message: string, stack: string | null): TrialError {
  return {
    name: name.slice(-200),
    message: message.slice(0, MESSAGE_LIMIT),
    stack: stack === null ? null : stack.slice(-STACK_LIMIT),
  };
}

/** Who ran out of memory, by the words of Python, NumPy, CUDA and PyTorch; null: this is no such error. */
export function outOfMemoryIn({ name, message }: TrialError): "cuda" | "python" | null {
  if (/CUDA out of memory|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation/.test(message)) return "cuda";
  if (/(^|\.)OutOfMemoryError$/.test(name)) return "cuda";
  return /(^|[._])(MemoryError|ArrayMemoryError)$/.test(name) ? "python" : null;
}
