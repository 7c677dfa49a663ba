// Social security, the operator and the bank of the demonstration in one process, each with an address
// and faults of its own: `/social-security/check`, `PUT /bank/faults {"mode":"down"}`.
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import type Koa from 'koa';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { Faults } from '../faults.ts';
import { createRegisterApp, requireKey } from '../register-app.ts';
import type { RegisterPart } from '../register-part.ts';
import { holdings, sampleHoldings } from './holdings.ts';
import type { Holding } from './holdings.ts';

export type SourcesDependencies = Omit<RegisterPart, 'port'> & {
  readonly log: (line: object) => void;
};

const common = {
  request_id: z.string().min(1).max(100),
  name: z.string().min(1).max(100),
  certificate_type: z.literal('111'),
  certificate_number: z.string().regex(/^\d{17}[\dX]$/u),
};
const phone = z.string().regex(/^1\d{10}$/u);
const card = z.string().regex(/^\d{16,19}$/u);

/** Who is told more than he compares says so. */
const questions = {
  'social-security': z.strictObject(common),
  operator: z.strictObject({ ...common, phone }),
  bank: z.strictObject({ ...common, phone, card_number: card }),
} as const;

type SourceName = keyof typeof questions;
const names = Object.keys(questions) as SourceName[];

type Question = {
  request_id: string;
  name: string;
  certificate_number: string;
  phone?: string | undefined;
  card_number?: string | undefined;
};

export function createSources({ key, ...shell }: SourcesDependencies): Koa {
  const faults = Object.fromEntries(names.map((name) => [name, new Faults()])) as Record<
    SourceName,
    Faults
  >;
  const requiresKey = requireKey(key);
  return createRegisterApp({ ...shell, key: 'sources' }, (router, pages) => {
    router.get('/', (ctx) =>
      pages.show(ctx, {
        page: 'sources',
        people: sampleHoldings,
        sources: names.map((name) => ({ name, mode: faults[name].mode })),
      }),
    );
    for (const name of names) addSource(router, { name, faults: faults[name], requiresKey });
  });
}

function addSource(
  router: Router,
  { name, faults, requiresKey }: { name: SourceName; faults: Faults; requiresKey: Middleware },
): void {
  const parseJson = bodyParser({ enableTypes: ['json'], jsonLimit: '4kb' });
  faults.addRoutes(router, `/${name}`);
  router.post(`/${name}/check`, requiresKey, faults.guard, parseJson, (ctx) =>
    answer(ctx, name, faults),
  );
}

function answer(ctx: Context, name: SourceName, { mode }: Faults): void {
  const parsed = questions[name].safeParse(ctx.request.body);
  if (!parsed.success) {
    ctx.status = 400;
    ctx.body = { error: z.prettifyError(parsed.error) };
    return;
  }
  const question: Question = parsed.data;
  const { request_id } = question;
  const person = holdings.find(({ number }) => number === question.certificate_number);
  const known = name === 'social-security' && !person?.isInsured ? undefined : person;
  const told = mode === 'wrong' ? lieAbout(known, question) : known;
  ctx.body = {
    request_id: mode === 'contradictory' ? `${request_id}-other` : request_id,
    ...compare(told, question),
  };
}

/** 00 all agree, 01 another name, 02 no such number, 03 another phone, 04 another card. */
function compare(person: Holding | undefined, question: Question) {
  const nameMatches = person?.name === question.name;
  if (!person || !nameMatches) {
    const code = person ? '01' : '02';
    return { code, found: person !== undefined, name_matches: false };
  }
  const phoneMatches = question.phone === undefined || question.phone === person.phone;
  const cardMatches = question.card_number === undefined || question.card_number === person.card;
  return {
    code: cardMatches ? (phoneMatches ? '00' : '03') : '04',
    found: true,
    name_matches: true,
    ...(question.phone === undefined ? {} : { phone_matches: phoneMatches }),
    ...(question.card_number === undefined ? {} : { card_matches: cardMatches }),
  };
}

/** Who is right is somebody else; who is not, has all that was asked about. */
function lieAbout(person: Holding | undefined, question: Question): Holding {
  const { name, certificate_number: number, phone: asked = '', card_number = '' } = question;
  const isRight = person?.name === name;
  const told = isRight ? '别人' : name;
  return { name: told, number, phone: asked, card: card_number, isInsured: true };
}
