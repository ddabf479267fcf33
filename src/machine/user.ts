import { hostname, userInfo } from "node:os";

/** Who runs this process, as `user@host`; `uid 1000@host` where the user has no name. */
export function currentUser(): string {
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // The user has no entry in the system's list, as in many containers.
    return process.env.USER ?? process.env.LOGNAME ?? `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
