import { BelayError, type ErrorCode } from "../core/error.ts";

/** What follows from a database error; each store sets this for its own errors. */
export interface StoreFailure extends ErrorOptions {
  /** Whether the same write can succeed later (a lock, a full disk). The failed write has changed nothing. */
  readonly passing?: boolean;
  /** Whether the database refused the data of this write: it can never succeed, but other writes can. */
  readonly refused?: boolean;
  /** Whether everything recorded before is intact, so that a resume can continue from it. @default `passing` */
  readonly resumable?: boolean;
}

/** A database error that says what follows for the run. */
export class StoreError extends BelayError {
  readonly passing: boolean;
  readonly refused: boolean;
  readonly resumable: boolean;

  constructor(code: ErrorCode, message: string, failure: StoreFailure = {}) {
    super(code, message, { cause: failure.cause });
    this.passing = failure.passing ?? false;
    this.refused = failure.refused ?? false;
    this.resumable = failure.resumable ?? this.passing;
  }
}

/** Whether the same write can succeed later. */
export function isPassing(error: unknown): boolean {
  return error instanceof StoreError && error.passing;
}

/** Whether the database refused the data of the write. */
export function isRefused(error: unknown): boolean {
  return error instanceof StoreError && error.refused;
}

/** Whether a resume can continue from what was recorded. */
export function isResumable(error: unknown): boolean {
  return error instanceof StoreError && error.resumable;
}
