import { isIP } from "node:net";
import { hostname } from "node:os";

/** Names under which every machine reaches itself. */
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** Whether only programs of this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/**
 * Says which `Host` headers are answered. A page from elsewhere can let its own name lead to this machine (DNS rebinding), and
 * then its requests have that name. The port does not count, because a tunnel may have another one.
 *
 * @param host - The address that the server listens on.
 */
export function allowedHosts(host: string): (header: string | undefined) => boolean {
  const listensEverywhere = host === "0.0.0.0" || host === "::";
  const names = new Set([...LOOPBACK, isIP(host) === 6 ? `[${host}]` : host.toLowerCase()]);
  if (listensEverywhere) names.add(hostname().toLowerCase());
  return (header) => {
    const name = nameOf(header);
    if (name === null) return false;
    // An address is no name that somebody else could have led here.
    return names.has(name) || (listensEverywhere && isIP(name.replace(/^\[|\]$/g, "")) > 0);
  };
}

/** The name in a `Host` header, without its port; null if it is none. */
function nameOf(header: string | undefined): string | null {
  const match = /^(\[[\da-f:.]+\]|[^:/?#@\s[\]]+)(?::\d{1,5})?$/i.exec(header ?? "");
  return match ? match[1]!.toLowerCase() : null;
}

/** Whether a request comes from a page of the server itself, as far as its headers tell. */
export function isOwnOrigin(origin: string, host: string | undefined): boolean {
  try {
    const { protocol, host: from } = new URL(origin);
    return /^https?:$/.test(protocol) && from === host?.toLowerCase();
  } catch {
    return false;
  }
}
