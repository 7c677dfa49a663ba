import { describe, expect, it } from 'vitest';
import { readAuditArguments } from './audit-arguments.ts';

describe('arguments of the audit command', () => {
  it.each([
    [[]],
    [['prove']],
    [['toString']],
    [['verify', 'a-file']],
    [['verify', '--limit', '5']],
    [['list', '--type', 'sign_in.dreamt']],
    [['list', '--since', 'yesterday']],
    [['list', '--limit', '0']],
    [['list', '--limit', '100000']],
    [['export']],
    [['export', 'one', 'two']],
    [['status', '--anchor', 'x']],
  ])('are not understood: %j', (args) => {
    expect(readAuditArguments(args)).toBeUndefined();
  });

  it('are days and instants, several types, several anchors', () => {
    expect(
      readAuditArguments([
        'list',
        '--type',
        'sign_in.refused',
        '--type=consent.given',
        '--since=2026-05-01',
        '--until',
        '2026-05-01T08:00:00+08:00',
      ]),
    ).toMatchObject({
      verb: 'list',
      type: ['sign_in.refused', 'consent.given'],
      since: new Date('2026-05-01T00:00:00Z'),
      until: new Date('2026-05-01T00:00:00Z'),
      limit: 100,
      json: false,
    });
    expect(readAuditArguments(['verify', '--anchor', 'a', '--anchor', 'b'])).toMatchObject({
      anchor: ['a', 'b'],
    });
    expect(readAuditArguments(['export', 'file'])).toMatchObject({ files: ['file'] });
  });
});
