// The change notices of the register: numbered, signed as they are listed, from any number on.
import { SignJWT } from 'jose';
import type { RegisteredEntity } from './companies.ts';

export type NoticeNames = {
  /** Signs the notices; only the city node knows it beside the register. */
  readonly noticeKey: string;
  readonly noticeIssuer: string;
  readonly noticeAudience: string;
};

export type Notice = {
  readonly uscc: string;
  readonly change: 'cancelled' | 'revoked' | 'renamed' | 'representative_changed' | 'restored';
  readonly representative?: {
    readonly name: string;
    readonly certificate_type: '111';
    readonly certificate_number: string;
  };
};

const MOST_A_PAGE = 100;

export class ChangeNotices {
  readonly #names: NoticeNames;
  readonly #notices: Notice[];

  /** @param notices that were made before; their number is their place, counted from 1 */
  constructor(names: NoticeNames, notices: readonly Notice[]) {
    this.#names = names;
    this.#notices = [...notices];
  }

  get all(): readonly Notice[] {
    return this.#notices;
  }

  add(...notices: readonly Notice[]): void {
    this.#notices.push(...notices);
  }

  /** Those that come after this number, the oldest first. */
  async after(seq: number, limit: number): Promise<{ latest: number; notices: string[] }> {
    const from = countOr(seq, 0);
    const most = Math.min(countOr(limit, MOST_A_PAGE), MOST_A_PAGE);
    const listed = this.#notices.slice(from, from + most);
    const notices = await Promise.all(
      listed.map((notice, index) => this.#sign({ seq: from + index + 1, ...notice })),
    );
    return { latest: this.#notices.length, notices };
  }

  #sign(notice: Notice & { seq: number }): Promise<string> {
    const { noticeKey, noticeIssuer, noticeAudience } = this.#names;
    return new SignJWT(notice)
      .setProtectedHeader({ alg: 'HS256', typ: 'entity-change+jwt' })
      .setIssuer(noticeIssuer)
      .setAudience(noticeAudience)
      .setIssuedAt()
      .sign(new TextEncoder().encode(noticeKey));
  }
}

function countOr(count: number, otherwise: number): number {
  return Number.isSafeInteger(count) && count > 0 ? count : otherwise;
}

/** What has changed between two states of an entry. */
export function noticesOf(before: RegisteredEntity, after: RegisteredEntity): Notice[] {
  const { uscc, status, representative: now } = after;
  const hasNew =
    before.representative.name !== now.name || before.representative.number !== now.number;
  const ending = status === 'in_operation' ? 'restored' : status;
  return [
    ...(before.name === after.name ? [] : [{ uscc, change: 'renamed' } as const]),
    ...(hasNew
      ? [
          {
            uscc,
            change: 'representative_changed',
            representative: {
              name: now.name,
              certificate_type: '111',
              certificate_number: now.number,
            },
          } as const,
        ]
      : []),
    ...(before.status === status ? [] : [{ uscc, change: ending } as const]),
  ];
}
