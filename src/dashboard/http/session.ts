import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** Who may ask: those who know the token. A browser changes it for a cookie, a program sends it with every request. */
export interface Session {
  /** The secret of the link. */
  readonly token: string;
  /** The name of the cookie, which has the port, so that the dashboards of one host keep apart. */
  cookieName(port: number): string;
  /** The value of the cookie. It follows from the token, so that it outlives the server if the token does. */
  readonly cookie: string;
  isToken(given: string): boolean;
  isCookie(given: string): boolean;
  /** Whether an address has given so many wrong tokens within the last minute that it has to wait. */
  mustWait(address: string): boolean;
  noteWrong(address: string): void;
}

/** So many wrong tokens a minute are mistakes; more are an attack. */
const MOST_WRONG = 20;
const MINUTE_MS = 60_000;

/** A session with a token. @param token - @default 32 random bytes */
export function newSession(token: string = randomBytes(32).toString("base64url")): Session {
  const cookie = createHash("sha256").update(`belay cookie ${token}`).digest("base64url");
  let wrong: { readonly address: string; readonly atMs: number }[] = [];
  return {
    token,
    cookie,
    cookieName: (port) => `belay-${port}`,
    isToken: (given) => isSame(given, token),
    isCookie: (given) => isSame(given, cookie),
    mustWait(address) {
      wrong = wrong.filter(({ atMs }) => performance.now() - atMs < MINUTE_MS);
      return wrong.filter((each) => each.address === address).length >= MOST_WRONG;
    },
    noteWrong: (address) => wrong.push({ address, atMs: performance.now() }),
  };
}

/** Compares hashes, so that the time that it takes tells nothing. */
function isSame(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
