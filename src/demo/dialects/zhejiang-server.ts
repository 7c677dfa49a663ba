// Zhejiang's platform as it is described: tickets for persons, an `ssotoken` for organisations, whose levels
// run backwards.
import { createHash } from 'node:crypto';
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { DialectSignIn } from './dialect-sign-in.ts';
import type { SignInPages } from './dialect-sign-in.ts';
import type { DialectEntity, DialectPerson, DialectSubject } from './dialect-people.ts';
import { DialectTickets } from './dialect-tickets.ts';
import { isTimely } from './platform-time.ts';

export type ZhejiangSettings = { readonly servicecode: string; readonly servicepwd: string };

const questionSchema = z.object({
  servicecode: z.string(),
  time: z.string(),
  sign: z.string(),
  method: z.string().optional(),
  st: z.string().optional(),
  token: z.string().optional(),
  ssotoken: z.string().optional(),
});
type Question = z.infer<typeof questionSchema>;

const REAL_LEVELS = ['4', '3', '2', '1'] as const;
const LOGIN_TYPES = ['Password', 'Password', 'Elicense', 'Cert'] as const;
/** Results: 0 accepted, 2 signature, 3 time, 4 ticket or token, 5 account. */
const RESULTS = { accepted: '0', sign: '2', time: '3', ticket: '4', account: '5' } as const;

export class ZhejiangServer {
  readonly #settings: ZhejiangSettings;
  readonly #of: SignInPages;
  readonly #signIn: DialectSignIn;
  readonly #tickets: DialectTickets<DialectSubject>;
  readonly #tokens: DialectTickets<DialectPerson>;

  constructor(of: SignInPages, settings: ZhejiangSettings) {
    this.#settings = settings;
    this.#of = of;
    this.#tickets = new DialectTickets(() => of.faults.mode);
    this.#tokens = new DialectTickets(() => of.faults.mode);
    this.#signIn = new DialectSignIn(of, ({ returnTo }, subject) => {
      const next = new URL(returnTo);
      const name = subject.kind === 'person' ? 'ticket' : 'ssotoken';
      next.searchParams.set(name, this.#tickets.issue(subject));
      return next;
    });
  }

  addRoutes(router: Router): void {
    this.#signIn.addRoutes(router);
    router.get('/zhejiang/sso/usp.do', (ctx) => {
      const isOurs = ctx.query['servicecode'] === this.#settings.servicecode;
      this.#signIn.show(ctx, isOurs ? ctx.query['goto'] : undefined, { kinds: ['person'] });
    });
    router.get('/zhejiang/opensso/spsaehandler/metaAlias/sp', (ctx) => {
      this.#signIn.show(ctx, ctx.query['spappurl'], { kinds: ['entity'] });
    });
    router.get('/zhejiang/sso/logout', (ctx) => this.#signIn.signOut(ctx, ctx.query['goto']));
    const parseForm = bodyParser({ enableTypes: ['form'], formLimit: '4kb' });
    const { guard } = this.#of.faults;
    router.post('/zhejiang/sso/servlet/simpleauth', guard, parseForm, (ctx) =>
      this.#give(ctx, 'result', (question) => this.#person(question)),
    );
    router.post('/zhejiang/opensso/query', guard, parseForm, (ctx) =>
      this.#give(ctx, 'errCode', (question) => this.#entity(question)),
    );
  }

  #give(
    ctx: Context,
    member: 'result' | 'errCode',
    answer: (of: Question) => object | string,
  ): void {
    const parsed = questionSchema.safeParse(ctx.request.body);
    if (!parsed.success) ctx.throw(400);
    const refusal = this.#refusal(parsed.data);
    const given = refusal ?? answer(parsed.data);
    const code = typeof given === 'string' ? given : RESULTS.accepted;
    const fields = typeof given === 'string' ? { errmsg: '失败' } : given;
    ctx.body = { [member]: member === 'errCode' ? Number(code) : code, ...fields };
  }

  #refusal({ servicecode, time, sign }: Question): string | undefined {
    const { mode } = this.#of.faults;
    const text = this.#settings.servicecode + this.#settings.servicepwd + time;
    const isSigned = sign === createHash('md5').update(text).digest('hex');
    if (servicecode !== this.#settings.servicecode || !isSigned) return RESULTS.sign;
    // It has no signature of its own to spoil: it takes ours for wrong.
    if (mode === 'wrongSignature') return RESULTS.sign;
    return isTimely(time) && mode !== 'wrongClock' ? undefined : RESULTS.time;
  }

  #person({ method, st = '', token = '' }: Question): object | string {
    if (method === 'ticketValidation') {
      const subject = this.#tickets.redeem(st);
      if (subject?.kind !== 'person') return RESULTS.ticket;
      const { id, name } = subject.person;
      return { token: this.#tokens.issue(subject.person), userid: id, username: name };
    }
    const person = method === 'getUserInfo' ? this.#tokens.find(token) : undefined;
    if (!person) return RESULTS.ticket;
    if (this.#of.faults.mode === 'closedAccount') return RESULTS.account;
    return {
      userid: person.id,
      loginname: `zj${person.id.slice(0, 6)}`,
      username: this.#of.faults.nameOf(person.name),
      idtype: '111',
      idnum: person.number,
      mobile: person.phone,
      companyname: '',
      authlevel: this.#of.faults.mode === 'levelLies' ? '9' : String(person.rung),
      uversion: this.#of.faults.version,
    };
  }

  #entity({ ssotoken = '' }: Question): object | string {
    const subject = this.#tickets.redeem(ssotoken);
    if (subject?.kind !== 'entity') return RESULTS.ticket;
    if (this.#of.faults.mode === 'closedAccount') return RESULTS.account;
    return { info: this.#info(subject.entity) };
  }

  #info({ id, name, uscc, rung, legalPerson, contact }: DialectEntity): object {
    return {
      userId: id,
      CompanyName: this.#of.faults.nameOf(name),
      uniscid: uscc,
      OrgType: 1,
      CompanyLegRep: legalPerson.name,
      status: '1',
      xzqh: '330000',
      loginType: LOGIN_TYPES[rung - 1],
      realLevel: this.#of.faults.mode === 'levelLies' ? '0' : REAL_LEVELS[rung - 1],
      attnName: contact.name,
      attnPhone: contact.phone,
      attnIDType: '111',
      attnIDNo: contact.number,
    };
  }
}
