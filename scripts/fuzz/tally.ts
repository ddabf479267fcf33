// The counts of a campaign.

/** Sums over all cases, and lists of cases. */
export interface Tally {
  cases: number;
  /** How the repair ended. */
  intact: number;
  replaced: number;
  hopeless: number;
  refused: number;
  reads: number;
  readsRefused: number;
  longestMs: number;
  /** Rows on undamaged pages, and those of them whose trial and study are on undamaged pages too. */
  rows: number;
  rowsSaved: number;
  rowsWithParents: number;
  rowsWithParentsSaved: number;
  rowsWrongAndReported: number;
  /** Cases in which the rows of all studies are on undamaged pages. */
  studyCases: number;
  studyCasesSaved: number;
  /** Rows with a damaged value that nothing reports. */
  unseenReads: number;
  unseenRepairs: number;
  /** The refusals without their numbers, and how often each came. */
  readonly lines: Map<string, number>;
  readonly unseen: string[];
  /** Damage of the files that were called intact although the end of their log is missing. */
  readonly shortened: string[];
}

export function newTally(): Tally {
  return {
    ...{ cases: 0, intact: 0, replaced: 0, hopeless: 0, refused: 0, readsRefused: 0, reads: 0, longestMs: 0 },
    ...{ rows: 0, rowsSaved: 0, rowsWithParents: 0, rowsWithParentsSaved: 0, rowsWrongAndReported: 0 },
    ...{ studyCases: 0, studyCasesSaved: 0, unseenReads: 0, unseenRepairs: 0 },
    lines: new Map(),
    unseen: [],
    shortened: [],
  };
}
