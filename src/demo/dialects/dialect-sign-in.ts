// The sign-in page that all three platforms have: a person or organisation is chosen instead of a password.
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import type { Pages } from '../pages/site-shell.ts';
import type { DialectFaults } from './dialect-faults.ts';
import { dialectEntities, dialectPeople, findSubject } from './dialect-people.ts';
import type { DialectSubject } from './dialect-people.ts';
import { DialectTickets } from './dialect-tickets.ts';

export type Platform = 'tif' | 'jis' | 'zhejiang';

export type Arrival = {
  /** Absolute, of the city. */
  readonly returnTo: URL;
  /** Whom the page offers. */
  readonly kinds: readonly DialectSubject['kind'][];
  /** Goes back as it came, where the dialect has one. */
  readonly state?: string;
};

type Departure = (arrival: Arrival, subject: DialectSubject) => URL;

const choiceSchema = z.object({
  request: z.string().max(100),
  subject: z.string().regex(/^(?:person|entity)-\d{1,2}$|^none$/u),
});

export type SignInPages = {
  readonly platform: Platform;
  readonly pages: Pages;
  readonly faults: DialectFaults;
  /** Origins that people are sent back to. */
  readonly returnOrigins: readonly string[];
};

export class DialectSignIn {
  readonly #of: SignInPages;
  /** A page stays good, whatever is wrong with the tickets. */
  readonly #arrivals = new DialectTickets<Arrival>();
  readonly #depart: Departure;

  constructor(of: SignInPages, depart: Departure) {
    this.#of = of;
    this.#depart = depart;
  }

  addRoutes(router: Router): void {
    const parseForm = bodyParser({ enableTypes: ['form'], formLimit: '4kb' });
    router.post(`/${this.#of.platform}/choose`, parseForm, (ctx) => this.#choose(ctx));
  }

  /** @param returnTo as the browser brought it */
  show(ctx: Context, returnTo: unknown, asked: Omit<Arrival, 'returnTo'>): void {
    const { pages, platform } = this.#of;
    const target = this.#target(returnTo);
    if (!target) return pages.show(ctx, { page: 'problem', status: 400, problem: 'bad_request' });
    const list = (kind: DialectSubject['kind'], subjects: readonly { name: string }[]) =>
      asked.kinds.includes(kind)
        ? subjects.map(({ name }, index) => ({ name, id: `${kind}-${index}` }))
        : [];
    pages.show(ctx, {
      page: 'dialect-sign-in',
      platform,
      handle: this.#arrivals.issue({ ...asked, returnTo: target }),
      subjects: [...list('person', dialectPeople), ...list('entity', dialectEntities)],
    });
  }

  /** There is no session to end: whoever signs in chooses again. */
  signOut(ctx: Context, returnTo: unknown): void {
    const target = this.#target(returnTo);
    if (!target) ctx.throw(400);
    ctx.status = 303;
    ctx.redirect(target.href);
  }

  #target(returnTo: unknown): URL | undefined {
    if (typeof returnTo !== 'string' || !URL.canParse(returnTo)) return undefined;
    const target = new URL(returnTo);
    return this.#of.returnOrigins.includes(target.origin) ? target : undefined;
  }

  #choose(ctx: Context): void {
    const parsed = choiceSchema.safeParse(ctx.request.body);
    const arrival = parsed.success ? this.#arrivals.redeem(parsed.data.request) : undefined;
    if (!parsed.success || !arrival) ctx.throw(400);
    const subject = findSubject(parsed.data.subject);
    ctx.status = 303;
    // Who turns back brings nothing along: these platforms have no word for it.
    ctx.redirect((subject ? this.#depart(arrival, subject) : arrival.returnTo).href);
  }
}
