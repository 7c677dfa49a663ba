// Another construction mode for a running city, past the two officers.
import { vi } from 'vitest';
import type { RegistrationMode } from '../../src/platform/registration-mode-config.ts';
import { ModeStore } from '../../src/registration-mode/mode-store.ts';
import type { CityNode } from './city-node.ts';

/** Resolves when the city has seen it. @param provinceId the peer that registers people then */
export async function changeMode(
  { issuer, storage }: Pick<CityNode, 'issuer' | 'storage'>,
  mode: RegistrationMode,
  provinceId: string,
): Promise<void> {
  const { database } = storage;
  const modes = new ModeStore({ database, initialMode: { mode: 'independent' } });
  const province = mode === 'independent' ? {} : { provinceId };
  await database.transaction(async (session) => {
    const { revision } = await modes.current(session);
    const conversion = { cursor: null, converted: 0, isDone: true };
    const record = { mode, ...province, since: new Date(), by: [], planId: 'test', conversion };
    await modes.change(record, revision, session);
  });
  await vi.waitUntil(async () => (await publishedMode(issuer)) === mode, { timeout: 10_000 });
}

/** As the metadata have it. */
export async function publishedMode(issuer: string): Promise<unknown> {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
  return ((await answer.json()) as Record<string, unknown>)['registration_mode'];
}
