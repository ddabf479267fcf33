/** The messages between the dashboard's server and the threads in which it reads a database. */

/** What a thread needs to start. */
export interface ThreadBoot {
  /** The database's file, without symbolic links. */
  readonly db: string;
}

/** What a thread is asked for, as the page asks for it. */
export type Call =
  | { readonly kind: "studies" }
  | { readonly kind: "head"; readonly study: string }
  | {
      readonly kind: "columns";
      readonly study: string;
      readonly names: readonly string[];
      readonly since: number | null;
    }
  | { readonly kind: "matches"; readonly study: string; readonly where: string }
  | {
      readonly kind: "trials";
      readonly study: string;
      readonly where: string;
      /** Keys such as `value:desc`. */
      readonly sort: readonly string[];
      readonly offset: number;
      readonly limit: number;
    }
  | { readonly kind: "trial"; readonly study: string; readonly number: number };

/** What a call comes to, ready to be sent. */
export type Answer =
  | { readonly kind: "json"; readonly text: string }
  | { readonly kind: "frame"; readonly bytes: Uint8Array<ArrayBuffer> }
  | Refused;

/** Why there is no answer, in one line, with the status of HTTP that says the same. */
export interface Refused {
  readonly kind: "refused";
  readonly status: 400 | 404 | 409 | 500 | 503;
  readonly message: string;
}

/** A message to a thread. */
export interface Ask {
  readonly id: number;
  readonly call: Call;
}

/** A message from a thread. */
export interface Reply {
  readonly id: number;
  readonly answer: Answer;
  /** What the dashboard's terminal has to show, if the answer hides a defect of Belay. */
  readonly defect?: string;
}
