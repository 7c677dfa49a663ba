// A platform of the tif dialect, as Guangdong's is described: three GETs, a user object with its oddities.
import { createPrivateKey, createSign, generateKeyPairSync, timingSafeEqual } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import type Router from '@koa/router';
import type { Context } from 'koa';
import { DialectSignIn } from './dialect-sign-in.ts';
import type { SignInPages } from './dialect-sign-in.ts';
import type { DialectEntity, DialectPerson, DialectSubject } from './dialect-people.ts';
import { DialectTickets } from './dialect-tickets.ts';

export type TifSettings = {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Private JWK (EC, P-256); answers come in a signed envelope with it, plain without. */
  readonly signingKey?: JsonWebKey;
};

const BASE = '/tif/sso/connect/page/oauth2';
const LEVELS = ['L0', 'L1', 'L2', 'L3'] as const;
const REAL_TYPES = ['', 'PLV', 'PLV', 'PLV'] as const;

export class TifServer {
  readonly #settings: TifSettings;
  readonly #of: SignInPages;
  readonly #signIn: DialectSignIn;
  readonly #codes: DialectTickets<{ subject: DialectSubject; redirectUri: string }>;
  readonly #tokens: DialectTickets<DialectSubject>;

  constructor(of: SignInPages, settings: TifSettings) {
    this.#settings = settings;
    this.#of = of;
    this.#codes = new DialectTickets(() => of.faults.mode);
    this.#tokens = new DialectTickets(() => of.faults.mode);
    this.#signIn = new DialectSignIn(of, ({ returnTo, state }, subject) => {
      const code = this.#codes.issue({ subject, redirectUri: returnTo.href });
      const next = new URL(returnTo);
      next.searchParams.set('code', code);
      if (state !== undefined) next.searchParams.set('state', state);
      return next;
    });
  }

  addRoutes(router: Router): void {
    const { guard } = this.#of.faults;
    this.#signIn.addRoutes(router);
    router.get(`${BASE}/authorize`, (ctx) => {
      const { client_id: client, redirect_uri: returnTo, response_type: type, state } = ctx.query;
      const isOurs = client === this.#settings.clientId && type === 'code';
      this.#signIn.show(ctx, isOurs ? returnTo : undefined, {
        kinds: ['person', 'entity'],
        ...(typeof state === 'string' ? { state } : {}),
      });
    });
    router.get('/tif/logout', (ctx) => this.#signIn.signOut(ctx, ctx.query['redirect_uri']));
    router.get(`${BASE}/access_token`, guard, (ctx) => this.#giveToken(ctx));
    router.get(`${BASE}/tokeninfo`, guard, (ctx) => this.#giveUser(ctx));
  }

  #giveToken(ctx: Context): void {
    const { client_id: id, client_secret: secret, code, redirect_uri: returnTo } = ctx.query;
    const { clientId, clientSecret } = this.#settings;
    if (id !== clientId || !isSame(String(secret), clientSecret)) {
      ctx.status = 401;
      ctx.body = { error: 'invalid_client' };
      return;
    }
    const granted = this.#codes.redeem(String(code));
    if (!granted || granted.redirectUri !== returnTo) {
      ctx.status = 400;
      ctx.body = { error: 'invalid_grant' };
      return;
    }
    const access = this.#tokens.issue(granted.subject);
    ctx.body = { access_token: access, token_type: 'bearer', expires_in: 300, scope: 'all' };
  }

  #giveUser(ctx: Context): void {
    const token = String(ctx.query['access_token']);
    const subject = this.#tokens.find(token);
    if (!subject || this.#of.faults.mode === 'closedAccount') {
      ctx.status = 403;
      ctx.body = this.#wrapped({ error: subject ? 'account_closed' : 'invalid_token' });
      return;
    }
    const user =
      subject.kind === 'person' ? this.#person(subject.person) : this.#entity(subject.entity);
    ctx.body = this.#wrapped({ signdata: '-1', pareobj: {}, ...user });
  }

  #person({ id, name, number, phone, rung }: DialectPerson) {
    const level = this.#level(rung);
    return {
      userobj: {
        ...this.#common(id, level),
        usertype: '1',
        cn: this.#of.faults.nameOf(name),
        idcardtype: '10',
        idcardnumber: number,
        telephonenumber: phone,
        sex: Number(number[16]) % 2 === 1 ? '1' : '2',
        accout_type: '3',
        isreal: rung >= 2 ? 'true' : 'false',
        realtype: REAL_TYPES[rung - 1],
        creditable_level_of_account_way: rung >= 2 ? `${level}@PLV@${id}` : '-1',
      },
      user_creditable_level: {
        creditable_level_of_account_way_list:
          rung >= 2
            ? [
                {
                  auth_time: '20260105093000',
                  uniqueid: id,
                  user_name: name,
                  auth_identification: 'face',
                  identity_level: level,
                  credential_no: number,
                  way_code: 'PLV',
                },
              ]
            : [],
      },
    };
  }

  #entity({ id, name, uscc, rung, legalPerson, contact }: DialectEntity) {
    const level = this.#level(rung);
    return {
      userobj: {
        ...this.#common(id, level),
        usertype: '2',
        cn: this.#of.faults.nameOf(name),
        idcardtype: '49',
        idcardnumber: uscc,
        telephonenumber: contact.phone,
        link_person_name: contact.name,
        link_person_type: '10',
        link_person_code: contact.number,
        legal_person: legalPerson.name,
        legal_id_type: '10',
        legal_code: legalPerson.number,
        accout_type: rung === 4 ? '2' : '1',
        isreal: 'true',
        realtype: 'IC',
        creditable_level_of_account_way: `${level}@IC@${uscc}`,
        extproperties: ['tax_code=-1', 'landline=-1', 'cert_ca=NETCA'],
      },
      user_creditable_level: {},
    };
  }

  #common(id: string, level: string) {
    return {
      uid: `u${id.slice(0, 6)}`,
      useridcode: id,
      mail: '-1',
      address: '-1',
      parent_uidcode: '-1',
      area: 'guangzhou',
      origin: 'gdbs',
      creditable_level_of_account: level,
      createtime: '20200101120000',
      uversion: String(this.#of.faults.version),
      tokenid: `t${id.slice(-6)}`,
      anon_flag: '0',
      authloc: 'guangzhou',
    };
  }

  #level(rung: 1 | 2 | 3 | 4): string {
    return this.#of.faults.mode === 'levelLies' ? 'L9' : (LEVELS[rung - 1] ?? 'L0');
  }

  #wrapped(content: object): object {
    const { signingKey } = this.#settings;
    if (!signingKey) return content;
    const { mode } = this.#of.faults;
    const offset = mode === 'wrongClock' ? -3_600_000 : 0;
    const envelope = {
      biz_content: JSON.stringify(content),
      time_stamp: String(Date.now() + offset),
      version: 'v1',
    };
    const key = mode === 'wrongSignature' ? strangeKey() : ownKey(signingKey);
    const text = Object.entries(envelope)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map((member) => member.join('='))
      .join('&');
    return { ...envelope, sign: createSign('sha256').update(text).sign(key, 'base64') };
  }
}

function ownKey(key: JsonWebKey): KeyObject {
  return createPrivateKey({ key, format: 'jwk' });
}

function strangeKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
