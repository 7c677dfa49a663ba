import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'hutong-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEY = randomBytes(32).toString('base64url');
const enough = {
  HUTONG_PUBLIC_URL: 'https://id.example.gov.cn',
  HUTONG_MASTER_KEY: KEY,
  MONGODB_URI: 'mongodb://127.0.0.1/hutong',
};

function problemsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function fileWith(content: string): string {
  const file = join(folder, `${Math.random()}.txt`);
  writeFileSync(file, content);
  return file;
}

function catalogueOf(...codes: string[]): string {
  const name = { 'zh-CN': '个税', en: 'Income tax' };
  return JSON.stringify({ services: codes.map((code) => ({ code, name, minimumLevel: 3 })) });
}

function weak(byteAt: (index: number) => number): string {
  return Buffer.from(Array.from({ length: 32 }, (_, index) => byteAt(index))).toString('base64url');
}

describe('what is wrong with the settings', () => {
  it('is listed whole', () => {
    const text = problemsOf({ HUTONG_PORT: '70000', HUTONG_TRUSTED_PROXIES: 'nowhere' }).join('\n');
    for (const name of [
      'HUTONG_PORT',
      'HUTONG_TRUSTED_PROXIES',
      'HUTONG_MASTER_KEY',
      'MONGODB_URI',
    ])
      expect(text).toContain(name);
  });

  it.each([
    ['a short master key', { HUTONG_MASTER_KEY: 'c2hvcnQ' }, 'HUTONG_MASTER_KEY'],
    ['an issuer with a path', { HUTONG_PUBLIC_URL: 'https://a.gov.cn/b' }, 'HUTONG_PUBLIC_URL'],
    ['http in production', { HUTONG_PUBLIC_URL: 'http://a.gov.cn' }, 'HUTONG_PUBLIC_URL'],
    ['an outgoing rule without port', { HUTONG_OUTBOUND_ALLOW: '10.0.0.0/8' }, 'HUTONG_OUTBOUND'],
    ['a grace of an hour', { HUTONG_REFRESH_GRACE_SECONDS: '3600' }, 'HUTONG_REFRESH_GRACE'],
    ['an anchor without a scheme', { HUTONG_AUDIT_ANCHOR: '/anchor' }, 'HUTONG_AUDIT_ANCHOR'],
    ['half a year of audit', { HUTONG_AUDIT_DAYS: '179' }, 'HUTONG_AUDIT_DAYS'],
    ['a missing limits file', { HUTONG_LIMITS: join(folder, 'none') }, 'HUTONG_LIMITS'],
    ['a mark that nobody may set', { HUTONG_SUSPICION_HEADER: 'X-Odd' }, 'SUSPICION_HEADER'],
    [
      'a mark in a header of others',
      { HUTONG_SUSPICION_HEADER: 'X-Forwarded-For', HUTONG_TRUSTED_PROXIES: '10.0.0.1' },
      'SUSPICION_HEADER',
    ],
    ['a colour that is none', { HUTONG_APPEARANCE: fileWith('{"accent":"x"}') }, 'APPEARANCE'],
    ['a cookie that is no name', { HUTONG_COOKIE_PREFIX: 'a b' }, 'HUTONG_COOKIE_PREFIX'],
    ['a missing catalogue', { HUTONG_SERVICES: join(folder, 'none') }, 'HUTONG_SERVICES'],
    [
      'a service that stands twice',
      { HUTONG_SERVICES: fileWith(catalogueOf('tax', 'tax')) },
      'HUTONG_SERVICES: services: names tax twice',
    ],
    [
      'a code that no client could register',
      { HUTONG_SERVICES: fileWith(catalogueOf('tax return')) },
      'HUTONG_SERVICES: services.0.code',
    ],
    ['a secret given twice', { HUTONG_MASTER_KEY_FILE: fileWith(KEY) }, 'HUTONG_MASTER_KEY'],
  ])('names %s', (_title, env, name) => {
    const problems = problemsOf({ ...enough, ...env });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
  });

  it.each([
    ['a key of equal bytes', { HUTONG_MASTER_KEY: weak(() => 7) }, 'HUTONG_MASTER_KEY'],
    ['a key that counts', { HUTONG_MASTER_KEY: weak((at) => at * 3) }, 'HUTONG_MASTER_KEY'],
    [
      'a key that somebody typed',
      { HUTONG_MASTER_KEY: Buffer.from('correct horse battery staple 123').toString('base64url') },
      'HUTONG_MASTER_KEY',
    ],
    ['an issuer on this machine', { HUTONG_PUBLIC_URL: 'https://localhost' }, 'HUTONG_PUBLIC_URL'],
    ['an issuer at a loopback', { HUTONG_PUBLIC_URL: 'https://127.0.0.1' }, 'HUTONG_PUBLIC_URL'],
    ['no issuer', { HUTONG_PUBLIC_URL: undefined }, 'HUTONG_PUBLIC_URL'],
    ['everybody as a proxy', { HUTONG_TRUSTED_PROXIES: '10.0.0.1, 0.0.0.0/0' }, 'TRUSTED_PROXIES'],
    ['calls to itself', { HUTONG_OUTBOUND_ALLOW: '127.0.0.0/8:*' }, 'HUTONG_OUTBOUND_ALLOW'],
    ['calls to itself by IPv6', { HUTONG_OUTBOUND_ALLOW: '[::1]/128:443' }, 'HUTONG_OUTBOUND'],
    ['an open database', { MONGODB_URI: 'mongodb://db1:27017,db2/hutong' }, 'MONGODB_URI'],
    ['a sender nobody is', { HUTONG_SMTP_URL: 'smtp://mail.example.gov.cn' }, 'HUTONG_MAIL_FROM'],
    ['codes in the clear', { HUTONG_SMS_URL: 'http://sms.example.gov.cn' }, 'HUTONG_SMS_URL'],
    ['silence', { HUTONG_LOG_LEVEL: 'silent' }, 'HUTONG_LOG_LEVEL'],
  ])('in production: names %s', (_title, env, name) => {
    const problems = problemsOf({ ...enough, ...env });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
    const trial = { ...enough, HUTONG_MODE: 'demonstration', ...env };
    expect(problemsOf(trial)).toEqual([]);
  });

  it('is listed whole for production too, beside settings that cannot be read', () => {
    const problems = problemsOf({
      HUTONG_MASTER_KEY: weak(() => 0),
      HUTONG_PUBLIC_URL: 'http://localhost:8100',
      HUTONG_OUTBOUND_ALLOW: '127.0.0.1/32:*',
      HUTONG_PORT: 'many',
      HUTONG_LIMITS: join(folder, 'none'),
      MONGODB_URI: 'mongodb://database',
    });
    expect(
      problems.map((problem) => problem.split(':')[0] ?? '').sort((a, b) => a.localeCompare(b)),
    ).toEqual([
      'HUTONG_LIMITS',
      'HUTONG_MASTER_KEY',
      'HUTONG_OUTBOUND_ALLOW',
      'HUTONG_PORT',
      'HUTONG_PUBLIC_URL',
      'MONGODB_URI',
    ]);
  });

  it('never takes random bytes for a typed key', () => {
    const keys = Array.from({ length: 300 }, () => randomBytes(32).toString('base64url'));
    const refused = keys.filter((key) => problemsOf({ ...enough, HUTONG_MASTER_KEY: key }).length);
    expect(refused).toEqual([]);
  });

  it('names the place in the limits file, and refuses words it does not know', () => {
    const file = fileWith(JSON.stringify({ signIn: { knownDevice: { attempts: 0 } }, more: 1 }));
    const text = problemsOf({ ...enough, HUTONG_LIMITS: file }).join('\n');
    expect(text).toContain('signIn.knownDevice');
    expect(text).toContain('more');
  });

  it('never repeats a secret', () => {
    const secret = 'not-thirty-two-bytes-but-secret';
    expect(problemsOf({ ...enough, HUTONG_MASTER_KEY: secret }).join('\n')).not.toContain(secret);
  });
});

describe('settings that suffice', () => {
  it('are frozen, with the default limits where nothing was said', () => {
    const config = loadConfig(enough);
    expect(Object.isFrozen(config)).toBe(true);
    expect(config).toMatchObject({ mode: 'production', isSecure: true, refreshGraceSeconds: 10 });
    expect(config.http.host).toBeUndefined();
    expect(config.limits.signIn.knownDevice).toEqual({ attempts: 5, windowSeconds: 1800 });
  });

  it('may read secrets from files', () => {
    const { HUTONG_MASTER_KEY: _given, ...rest } = enough;
    const file = fileWith(`${KEY}\n`);
    expect(loadConfig({ ...rest, HUTONG_MASTER_KEY_FILE: file }).masterKey).toHaveLength(32);
  });

  it('let a demonstration without a proxy be reached from this machine alone', () => {
    const { HUTONG_PUBLIC_URL: _given, ...rest } = enough;
    const config = loadConfig({ ...rest, HUTONG_MODE: 'demonstration', HUTONG_PORT: '8100' });
    expect(config).toMatchObject({ issuer: 'http://localhost:8100', http: { host: '127.0.0.1' } });
    const proxied = loadConfig({ ...enough, HUTONG_MODE: 'demonstration' });
    expect(proxied.http.host).toBeUndefined();
  });
});
