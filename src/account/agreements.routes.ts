// What the person has agreed to, and when; each version can be read again.
import { agreementNames } from '../agreements/agreement-book.ts';
import { agreementPath } from '../agreements/agreement-path.ts';
import type { Acceptance } from '../agreements/agreement-store.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import type { Locale } from '../platform/http/locale.ts';
import { accountFrame, visitorOrSignIn } from './account-access.ts';
import type { AccountDependencies } from './account-deps.ts';
import { accountPaths } from './account-paths.ts';

export function agreementRoutes(deps: AccountDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: accountPaths.agreements,
      name: 'account.agreements',
      async handle(ctx) {
        const visitor = await visitorOrSignIn(deps, ctx);
        if (!visitor) return;
        const [frame, accepted] = await Promise.all([
          accountFrame(deps, visitor),
          deps.agreements.acceptedBy(visitor.account.id),
        ]);
        const agreements = accepted.flatMap((each) => present(deps, each, ctx.state.locale) ?? []);
        ctx.render('account/agreements', { ...frame, agreements });
      },
    }),
  ];
}

/** Undefined for a text that this release does not have. */
function present(
  { agreements }: Pick<AccountDependencies, 'agreements'>,
  { name: storedName, version, acceptedAt }: Acceptance,
  locale: Locale,
) {
  const name = agreementNames.find((known) => known === storedName);
  const text = name && agreements.find(name, version);
  if (!text) return undefined;
  const { title } = text.texts[locale];
  return { title, version, acceptedAt, href: agreementPath(name, version) };
}
