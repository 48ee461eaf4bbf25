/**
 * The state of one request, so that its message is sent once however many sandboxes and copies there are:
 *
 * - `sending`: its holder is at work until `until`, and has died if the row still says so afterwards;
 * - `watched`: the same, and a copy that waited in vain has left the message to the queue besides;
 * - `queued`: a queue entry will be sent;
 * - `done`: nothing more is to be sent.
 */
export interface Row {
  readonly state: 'sending' | 'watched' | 'queued' | 'done';
  /** Identifies the request for as long as its row exists; a queue entry carries it. */
  readonly id: string;
  /**
   * A fencing token: a random name for each claim, without which nobody can change the row. Once the row is no longer
   * `sending`, it names the last claim. Comparing it for equality is enough here, and a writer that got no answer
   * recognises its own write by it.
   */
  readonly holder: string;
  /** Milliseconds since the Unix epoch. */
  readonly until: number;
  /** Attempts of unknown outcome so far. */
  readonly unsure: number;
}

/** The result of a conditional write: carried out, or else the row that was found, if any. */
export type Change = { readonly done: true } | { readonly done: false; readonly found: Row | undefined };

export interface WriteOptions {
  /** Milliseconds since the Unix epoch; afterwards the item counts as absent. */
  readonly expiresAt: number;
  /** A table that does not answer in this time counts as down. */
  readonly timeoutMs: number;
}

/** Rows and counters shared by all sandboxes. Each operation is atomic; keys and values hold no personal data. */
export interface LedgerTable {
  /** False where each sandbox has a table of its own. */
  readonly isShared: boolean;
  /** Replaces the row by `next`, or deletes it, if it has the state and holder of `expected`, or if neither exists. */
  swap(
    key: string,
    expected: Pick<Row, 'state' | 'holder'> | undefined,
    next: Row | undefined,
    options: WriteOptions,
  ): Promise<Change>;
  /**
   * Adds to a counter, and to the counter of `part`, and returns true; returns false if that would take either above
   * its limit or below zero.
   *
   * @param options.part whose name has only letters and digits.
   */
  add(
    key: string,
    amount: number,
    options: WriteOptions & {
      readonly limit: number;
      readonly part?: { readonly name: string; readonly limit: number } | undefined;
    },
  ): Promise<boolean>;
}
