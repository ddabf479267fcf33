import { BelayError, type ErrorCode } from "../core/error.ts";

/** What a failed write leaves to hope for; each database knows its own errors. */
export interface StoreFailure extends ErrorOptions {
  /** Whether the same write can succeed later (a lock, a full disk). Nothing of the failed one was kept. */
  readonly passing?: boolean;
  /** Whether the database has refused the very data of the write: it can never succeed, and says nothing of others. */
  readonly refused?: boolean;
  /** Whether all that was recorded before is still there, so that a resume goes on from it. @default `passing` */
  readonly resumable?: boolean;
}

/** An error of a database, with what it means for the run. */
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

/** Whether trying the same write again later can succeed. */
export function isPassing(error: unknown): boolean {
  return error instanceof StoreError && error.passing;
}

/** Whether the database has refused the very data of a write. */
export function isRefused(error: unknown): boolean {
  return error instanceof StoreError && error.refused;
}

/** Whether a resume goes on from what was recorded. */
export function isResumable(error: unknown): boolean {
  return error instanceof StoreError && error.resumable;
}
