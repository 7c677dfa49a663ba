import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'hutong-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEY = Buffer.alloc(32, 1).toString('base64url');
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
    ['an issuer with a path', { HUTONG_PUBLIC_URL: 'https://a.example/b' }, 'HUTONG_PUBLIC_URL'],
    ['http in production', { HUTONG_PUBLIC_URL: 'http://a.example' }, 'HUTONG_PUBLIC_URL'],
    ['an outgoing rule without port', { HUTONG_OUTBOUND_ALLOW: '10.0.0.0/8' }, 'HUTONG_OUTBOUND'],
    ['a grace of an hour', { HUTONG_REFRESH_GRACE_SECONDS: '3600' }, 'HUTONG_REFRESH_GRACE'],
    ['a missing limits file', { HUTONG_LIMITS: join(folder, 'none') }, 'HUTONG_LIMITS'],
    ['a secret given twice', { HUTONG_MASTER_KEY_FILE: fileWith(KEY) }, 'HUTONG_MASTER_KEY'],
  ])('names %s', (_title, env, name) => {
    const problems = problemsOf({ ...enough, ...env });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
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
  it('are frozen, with the limits of the design where nothing was said', () => {
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
