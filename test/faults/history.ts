// What was tried against the city and what came of it. Times are monotonic milliseconds: something
// took effect, if at all, between `began` and `ended`, or any time later when it is `unknown`.

/** `unknown`: no answer, or 503. Whether it took effect cannot be told from outside. */
export type Outcome = 'ok' | 'refused' | 'unknown';

interface Tried {
  began: number;
  ended: number;
  outcome: Outcome;
  /** What was seen, for whoever reads a violation. */
  seen: string;
}

interface OfSession {
  account: string;
  /** One browser from one sign-in on. */
  session: string;
}

/** A family: all tokens that came from one code. */
type OfFamily = OfSession & { client: string; family: string };

export type Attempt =
  | (OfSession & { op: 'sign_in' | 'silent'; client: string; code?: string })
  | (OfFamily & {
      op: 'redeem';
      code: string;
      access?: string;
      refresh?: string;
      sub?: string;
      sid?: string;
    })
  | (OfFamily & { op: 'refresh'; token: string; access?: string; successor?: string })
  /** Introspection is `ok` when it says `active`. */
  | (OfFamily & { op: 'userinfo' | 'introspect' | 'revoke'; token: string })
  | (OfSession & { op: 'logout' })
  | { op: 'lock' | 'unlock' | 'sign_out_everywhere'; account: string }
  | { op: 'assertion' | 'request_uri'; account: string; value: string };

export type Operation = Attempt['op'];
export type Recorded = Tried & Attempt;

/** What the relying parties were told. */
export interface Notice {
  client: string;
  sid: string;
}

export interface History {
  records: readonly Recorded[];
  notices: readonly Notice[];
  graceSeconds: number;
}

export interface Seen {
  outcome: Outcome;
  seen: string;
  /** What the answer brought: members of the attempt's record. */
  got?: Readonly<Record<string, string>>;
}

export class Recorder {
  readonly records: Recorded[] = [];
  readonly #underWay = new Set<Attempt>();

  /** What was begun and has not ended, for whoever reads why a run does not end. */
  underWay(): string {
    return JSON.stringify([...this.#underWay]);
  }

  /** Runs an attempt and puts it on record. What `work` throws is `unknown`. */
  async attempt(attempt: Attempt, work: () => Promise<Seen>): Promise<Seen> {
    const began = performance.now();
    this.#underWay.add(attempt);
    let result: Seen;
    try {
      result = await work();
    } catch (error) {
      result = { outcome: 'unknown', seen: String(error).slice(0, 200) };
    }
    this.#underWay.delete(attempt);
    const { outcome, seen, got } = result;
    this.records.push({ ...attempt, ...got, began, ended: performance.now(), outcome, seen });
    return result;
  }
}
