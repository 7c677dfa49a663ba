// The agreements to read, for everyone: the one in force, and those before it by their version.
import { z } from 'zod';
import { AppError } from '../platform/errors.ts';
import type { HttpContext } from '../platform/http/context.ts';
import { defineRoute } from '../platform/http/route.ts';
import type { Route } from '../platform/http/route.ts';
import { agreementNames } from './agreement-book.ts';
import { agreementPath } from './agreement-path.ts';
import type { Agreements } from './agreements.ts';

interface AgreementRouteDependencies {
  agreements: Pick<Agreements, 'current' | 'find'>;
}

const params = z.object({
  name: z.string().max(50),
  version: z.string().max(9).optional(),
});

export function agreementRoutes(deps: AgreementRouteDependencies): Route[] {
  return ['/agreements/:name', '/agreements/:name/:version'].map((path) =>
    defineRoute({
      method: 'GET',
      path,
      name: path.endsWith(':version') ? 'agreements.former' : 'agreements.current',
      input: { params },
      handle: (ctx, input) => show(deps, ctx, input.params),
    }),
  );
}

function show(
  { agreements }: AgreementRouteDependencies,
  ctx: HttpContext,
  asked: z.output<typeof params>,
): void {
  const name = agreementNames.find((known) => known === asked.name);
  const current = name && agreements.current(name);
  const isNumber = asked.version === undefined || /^[1-9]\d*$/u.test(asked.version);
  const shown =
    name && isNumber && asked.version !== undefined
      ? agreements.find(name, Number(asked.version))
      : current;
  if (!current || !shown || !isNumber) throw new AppError('not_found');
  ctx.render('agreements/agreement', {
    text: shown.texts[ctx.state.locale],
    version: shown.version,
    effectiveFrom: shown.effectiveFrom,
    ...(shown.version === current.version ? {} : { currentHref: agreementPath(current.name) }),
  });
}
