// The tokens of links in messages, and the link of a security notice by which its receiver says "this
// was not me".
import type { ClientSession } from '../platform/mongo.ts';
import { LinkTokenStore } from './link-token-store.ts';
import { recoveryPaths } from './recovery-paths.ts';

export function openMessageLinks(
  deps: ConstructorParameters<typeof LinkTokenStore>[0] & { issuer: string },
) {
  const linkTokens = new LinkTokenStore(deps);
  return {
    linkTokens,
    async notMeLink(this: void, accountId: string, session?: ClientSession): Promise<string> {
      const token = await linkTokens.issue({ purpose: 'not_me', accountId }, session);
      return `${deps.issuer}${recoveryPaths.notMe}/${token}`;
    },
  };
}
