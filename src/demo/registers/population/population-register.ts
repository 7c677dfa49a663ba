// The population register of the demonstration: answers whether a name belongs to a number and
// whether somebody is a child's guardian, and shows newcomers whom it knows that has no account yet.
import { bodyParser } from '@koa/bodyparser';
import type Koa from 'koa';
import type { Context } from 'koa';
import { z } from 'zod';
import { Faults } from '../faults.ts';
import { registeredPeople, sampleChildren, samplePeople } from '../people.ts';
import { answerRelation } from './relation.ts';
import { createRegisterApp, requireKey } from '../register-app.ts';
import type { RegisterPart } from '../register-part.ts';

export type PopulationDependencies = Omit<RegisterPart, 'port'> & {
  readonly log: (line: object) => void;
};

const questionSchema = z.object({
  request_id: z.string().min(1).max(100),
  name: z.string().min(1).max(100),
  certificate_type: z.literal('111'),
  certificate_number: z.string().regex(/^\d{17}[\dX]$/u),
});

export function createPopulationRegister({ key, ...shell }: PopulationDependencies): Koa {
  const faults = new Faults();
  const parseJson = bodyParser({ enableTypes: ['json'], jsonLimit: '4kb' });
  return createRegisterApp({ ...shell, key: 'population' }, (router, pages) => {
    router.get('/', (ctx) =>
      pages.show(ctx, {
        page: 'population',
        people: samplePeople,
        children: sampleChildren,
        mode: faults.mode,
      }),
    );
    faults.addRoutes(router);
    router.post('/check', requireKey(key), faults.guard, parseJson, (ctx) => answer(ctx, faults));
    router.post('/relation', requireKey(key), faults.guard, parseJson, (ctx) =>
      answerRelation(ctx, faults),
    );
  });
}

function answer(ctx: Context, { mode }: Faults): void {
  const parsed = questionSchema.safeParse(ctx.request.body);
  if (!parsed.success) {
    ctx.status = 400;
    ctx.body = { error: z.prettifyError(parsed.error) };
    return;
  }
  const { request_id, name, certificate_number: number } = parsed.data;
  const person = registeredPeople.find((each) => each.number === number);
  const found = (person !== undefined) !== (mode === 'wrong');
  const nameMatches = found && (person?.name === name || mode === 'wrong');
  ctx.body = {
    request_id: mode === 'contradictory' ? `${request_id}-other` : request_id,
    code: nameMatches ? '00' : found ? '01' : '02',
    found,
    name_matches: nameMatches,
  };
}
