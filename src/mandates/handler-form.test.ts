// What the form of a handler gives when something of it is missing or broken on its way.
import { describe, expect, it } from 'vitest';
import { suppliedMandateLimits } from '../platform/mandates-config.ts';
import { readHandlerForm } from './handler-form.ts';
import { handlerBody, typedHandlerOf } from './invite-handler.routes.ts';

const SENT = {
  name: '王演示',
  number: '11010519491231002X',
  service_scope: 'some',
  services: ['tax.file'],
  client_scope: 'some',
  clients: ['hall'],
  single_use: 'yes',
};

function read(changed: Record<string, unknown>) {
  const typed = typedHandlerOf(handlerBody.parse({ ...SENT, ...changed }));
  const choices = { services: ['tax.file', 'land'], clients: ['hall', 'tax'] };
  return readHandlerForm(typed, {
    choices: { ...choices, maySubdelegate: false },
    limits: suppliedMandateLimits,
    now: new Date('2026-11-23T00:00:00Z'),
    ownNumber: undefined,
  });
}

describe('the form of a handler', () => {
  it('gives everything only to who says so', () => {
    const all = read({ service_scope: 'all', client_scope: 'all' });
    expect(all).toMatchObject({ ok: true });
    expect(all).not.toHaveProperty('terms.services');
    expect(all).not.toHaveProperty('terms.clients');
  });

  it.each([undefined, 'ALL', '', ['all', 'all']])(
    'gives what is ticked where it says %j',
    (scope) => {
      const terms = { services: ['tax.file'], clients: ['hall'] };
      const sent = { service_scope: scope, client_scope: scope };
      expect(read(sent)).toMatchObject({ ok: true, terms });
      const none = read({ ...sent, services: [], clients: [] });
      expect(none).toMatchObject({
        ok: false,
        errors: [
          { key: 'mandates.form.services_missing' },
          { key: 'mandates.form.clients_missing' },
        ],
      });
    },
  );
});
