import { BelayError, show } from "../../core/error.ts";

/**
 * Reads the address of a webhook.
 *
 * @throws BelayError `usage` for anything but an http or https URL; the message leaves out what may be secret.
 */
export function readAddress(option: string, value: unknown): string {
  const text = String(value);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && (url.protocol === "http:" || url.protocol === "https:")) return text;
  const got = url
    ? `one that begins with ${show(url.protocol)}`
    : show(text.split(/[/?#@]/)[0]!.slice(0, 40));
  throw new BelayError("usage", `${option}: expected a URL that begins with http:// or https://, got ${got}`);
}

/** The address without what may be secret: the user, the path and the query. */
export function shownAddress(address: string): string {
  const { protocol, host } = new URL(address);
  return `${protocol}//${host}`;
}
