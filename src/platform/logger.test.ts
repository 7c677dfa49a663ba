// What is written holds nobody's data, even when a caller is careless.
import { describe, expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { createLogger } from './logger.ts';
import { inRequestScope } from './request-scope.ts';

function logged(write: (logger: ReturnType<typeof createLogger>) => void) {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  write(createLogger({ level: 'debug', service: 'test' }, destination));
  return { text: lines.join(''), lines: lines.map((line) => JSON.parse(line)) };
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('a log line', () => {
  it('strikes fields that hold secrets or persons, however deep', () => {
    const { text } = logged((logger) =>
      logger.info({
        password: 'pass-1',
        given: { login: 'zhang-2', further: [{ phone: '13800138003', otp: '444444' }] },
      }),
    );
    expect(text).not.toMatch(/pass-1|zhang-2|13800138003|444444/u);
  });

  it.each([
    ['what a parser quotes', () => JSON.parse('{"phone": 13800138000} 张三')],
    ['what an address holds', () => new URL('http://[x/?login_hint=13800138000')],
    [
      'what the database names',
      () => {
        throw new Error(
          'E11000 duplicate key error index: login dup key: { login: "13800138000" }',
        );
      },
    ],
    [
      'a number, a mail address, a name and a token',
      () => {
        throw new TypeError(
          '13800138000 zhang@example.com 张三 %E5%BC%A0 x9Kf3mQpLw8vNz2RtYb7Hc4D',
        );
      },
    ],
  ])('does not repeat %s', (_what, work) => {
    const error = thrownBy(work);
    const outer = new AppError('internal', { cause: error });
    const { text } = logged((logger) => logger.error({ err: outer }, 'broke'));
    expect(text).not.toMatch(/138001|zhang|张三|%E5|x9Kf3/u);
    expect(text).toContain((error as Error).name);
  });

  it('leaves out what errors carry along', () => {
    const error = Object.assign(new Error('failed'), { keyValue: { phone: 13_800_138_000 } });
    expect(logged((logger) => logger.error({ err: error }, 'broke')).text).not.toContain('138001');
  });

  it('says where an error came from and what it is called', () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const { lines } = logged((logger) =>
      logger.error({ err: new AppError('database_unavailable', { cause }) }, 'broke'),
    );
    expect(lines[0]).toMatchObject({
      err: {
        errorCode: 'database_unavailable',
        stack: expect.stringContaining('logger.test.ts'),
        cause: { errorCode: 'ECONNREFUSED', message: 'connect ECONNREFUSED' },
      },
    });
  });

  it('carries the number of its request, however deep it is written, and no other', async () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => lines.push(line) };
    const logger = createLogger({ level: 'debug', service: 'test' }, destination);
    const request = (requestId: string) =>
      inRequestScope({ requestId, userAgent: '' }, async () => {
        await Promise.resolve();
        logger.info({ expected: requestId }, 'inside');
      });
    await Promise.all([request('1'), request('2')]);
    logger.info('outside');
    const [first, second, outside] = lines.map((line) => JSON.parse(line) as object);
    expect([first, second]).toMatchObject([
      { requestId: '1', expected: '1' },
      { requestId: '2', expected: '2' },
    ]);
    expect(outside).not.toHaveProperty('requestId');
  });
});
