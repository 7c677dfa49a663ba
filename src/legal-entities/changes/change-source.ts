// Where the register lists its change notices: `GET <url>?after=<seq>&limit=<n>` with the register's
// key as bearer token answers `{"latest": <seq>, "notices": ["<JWS>", …]}`, the oldest first.
import { z } from 'zod';
import type { Outbound } from '../../platform/outbound.ts';
import { describeOutboundFailure } from '../../platform/outbound-failure.ts';
import type { EntityRegisterConfig } from '../../platform/verification-config.ts';

export const NOTICES_A_PAGE = 100;

const pageSchema = z.object({
  /** Number of the newest notice there is; 0 before the first. */
  latest: z.int().min(0),
  notices: z.array(z.string().max(4000)).max(NOTICES_A_PAGE),
});
export type NoticePage = z.infer<typeof pageSchema>;

export type NoticePageOutcome = { ok: true; page: NoticePage } | { ok: false; failure: string };

const TIMEOUT_MS = 4000;

/** @param after the number of the last notice that was looked at */
export async function fetchNotices(
  { outbound, config }: { outbound: Pick<Outbound, 'fetch'>; config: EntityRegisterConfig },
  after: number,
): Promise<NoticePageOutcome> {
  const { changes, key } = config;
  if (!changes) return { ok: false, failure: 'not_configured' };
  const url = new URL(changes.url);
  url.searchParams.set('after', String(after));
  url.searchParams.set('limit', String(NOTICES_A_PAGE));
  try {
    const response = await outbound.fetch(url.href, {
      method: 'GET',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { authorization: `Bearer ${key}`, accept: 'application/json' },
    });
    if (response.status !== 200) return { ok: false, failure: `status_${response.status}` };
    const parsed = pageSchema.safeParse(await response.json().catch(() => undefined));
    return parsed.success ? { ok: true, page: parsed.data } : { ok: false, failure: 'no_page' };
  } catch (error) {
    const failure = describeOutboundFailure(error);
    if (failure === undefined) throw error;
    return { ok: false, failure };
  }
}
