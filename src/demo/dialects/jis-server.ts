// A JIS platform, as Shandong's is described: a ticket in the address of return, and one gateway for
// everything else, with signed questions and answers that may be encrypted.
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { bodyParser } from '@koa/bodyparser';
import type Router from '@koa/router';
import { z } from 'zod';
import { DialectSignIn } from './dialect-sign-in.ts';
import type { SignInPages } from './dialect-sign-in.ts';
import type { DialectEntity, DialectPerson, DialectSubject } from './dialect-people.ts';
import { DialectTickets } from './dialect-tickets.ts';
import { isTimely } from './platform-time.ts';

export type JisSettings = {
  readonly appmark: string;
  readonly appword: string;
  /** AES-128-CBC with the MD5 of the appword; plain without. */
  readonly isEncrypted?: boolean;
};

const LEVELS = ['', '初级', '中级', '高级'] as const;
const CODES = {
  accepted: '000000',
  signWrong: '100001',
  timeWrong: '100002',
  ticketWrong: '100003',
  tokenWrong: '100004',
  accountClosed: '100005',
  unknownService: '100009',
} as const;

const questionSchema = z.object({
  appmark: z.string(),
  time: z.string().regex(/^\d{14}$/u),
  sign: z.string(),
  servicename: z.string(),
  params: z.string(),
});
const paramsSchema = z.object({ ticket: z.string().optional(), token: z.string().optional() });

type Answer = { readonly retcode: string; readonly data?: object };

export class JisServer {
  readonly #settings: JisSettings;
  readonly #of: SignInPages;
  readonly #signIn: DialectSignIn;
  readonly #tickets: DialectTickets<DialectSubject>;
  readonly #tokens: DialectTickets<DialectSubject>;

  constructor(of: SignInPages, settings: JisSettings) {
    this.#settings = settings;
    this.#of = of;
    this.#tickets = new DialectTickets(() => of.faults.mode);
    this.#tokens = new DialectTickets(() => of.faults.mode);
    this.#signIn = new DialectSignIn(of, ({ returnTo }, subject) => {
      const next = new URL(returnTo);
      next.searchParams.set('ticket', this.#tickets.issue(subject));
      return next;
    });
  }

  addRoutes(router: Router): void {
    this.#signIn.addRoutes(router);
    router.get('/jis/jis-web/login', (ctx) => {
      const { appMark, backUrl, userType } = ctx.query;
      const isOurs = appMark === this.#settings.appmark;
      this.#signIn.show(ctx, isOurs ? backUrl : undefined, {
        kinds: [userType === '2' ? 'entity' : 'person'],
      });
    });
    router.get('/jis/jis-web/logout', (ctx) => this.#signIn.signOut(ctx, ctx.query['backUrl']));
    const parseJson = bodyParser({ enableTypes: ['json'], jsonLimit: '4kb' });
    router.post('/jis/gateway', this.#of.faults.guard, parseJson, (ctx) => {
      const parsed = questionSchema.safeParse(ctx.request.body);
      if (!parsed.success) return ctx.throw(400);
      const { retcode, data } = this.#answer(parsed.data);
      const isAccepted = retcode === CODES.accepted;
      ctx.body = { retcode, msg: isAccepted ? '成功' : '失败', data: data && this.#packed(data) };
    });
  }

  #answer({ appmark, time, sign, servicename, params }: z.infer<typeof questionSchema>): Answer {
    const { mode } = this.#of.faults;
    const expected = createHash('md5')
      .update(this.#settings.appmark + this.#settings.appword + time)
      .digest('hex');
    if (appmark !== this.#settings.appmark || sign !== expected)
      return { retcode: CODES.signWrong };
    if (!isTimely(time) || mode === 'wrongClock') return { retcode: CODES.timeWrong };
    const { ticket, token } = paramsSchema.parse(JSON.parse(params));
    switch (servicename) {
      case 'ticketValidate': {
        const subject = this.#tickets.redeem(ticket ?? '');
        if (!subject) return { retcode: CODES.ticketWrong };
        const usertype = subject.kind === 'person' ? '1' : '2';
        return { retcode: CODES.accepted, data: { token: this.#tokens.issue(subject), usertype } };
      }
      case 'findOutsideUserByToken':
      case 'findCorUserByToken':
        return this.#user(this.#tokens.find(token ?? ''), servicename);
      default:
        return { retcode: CODES.unknownService };
    }
  }

  #user(subject: DialectSubject | undefined, service: string): Answer {
    const wanted = service === 'findCorUserByToken' ? 'entity' : 'person';
    if (subject?.kind !== wanted) return { retcode: CODES.tokenWrong };
    if (this.#of.faults.mode === 'closedAccount') return { retcode: CODES.accountClosed };
    const data =
      subject.kind === 'person' ? this.#person(subject.person) : this.#entity(subject.entity);
    return { retcode: CODES.accepted, data };
  }

  #person(person: DialectPerson): object {
    return {
      uuid: person.id,
      loginname: `jn${person.id.slice(0, 6)}`,
      name: this.#of.faults.nameOf(person.name),
      mobile: person.phone,
      cardid: person.number,
      paperstype: person.number.startsWith('8') ? '155' : '111',
      papersnumber: person.number,
      authlevel: this.#level(person.rung),
      uversion: this.#of.faults.version,
    };
  }

  #entity(entity: DialectEntity): object {
    return {
      corname: this.#of.faults.nameOf(entity.name),
      cornumber: entity.uscc,
      cortype: '1',
      corusername: entity.contact.name,
      corusercardid: entity.contact.number,
      corusercardtype: '111',
      corusermobile: entity.contact.phone,
      regaddress: '演示路 1 号',
      corrole: String(entity.contact.role),
      authlevel: this.#level(entity.rung),
    };
  }

  #level(rung: 1 | 2 | 3 | 4): string {
    return this.#of.faults.mode === 'levelLies' ? '特级' : (LEVELS[rung - 1] ?? '');
  }

  #packed(data: object): object | string {
    if (!this.#settings.isEncrypted) return data;
    const isWrong = this.#of.faults.mode === 'wrongSignature';
    const word = isWrong ? 'another appword' : this.#settings.appword;
    const vector = randomBytes(16);
    const cipher = createCipheriv('aes-128-cbc', createHash('md5').update(word).digest(), vector);
    const parts = [vector, cipher.update(JSON.stringify(data)), cipher.final()];
    return Buffer.concat(parts).toString('base64');
  }
}
