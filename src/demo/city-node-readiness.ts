// When the city node is ready: it answers with its own discovery document.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';

const patienceMs = 60_000;
const discoverySchema = z.object({ issuer: z.string() });

/** False when it has not answered in a minute. Ends at once, with false, when told to stop. */
export async function awaitCityNode(
  { port, issuer }: { port: number; issuer: string },
  signal: AbortSignal,
): Promise<boolean> {
  const address = `http://127.0.0.1:${port}/.well-known/openid-configuration`;
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline && !signal.aborted) {
    if (await answersFor(address, issuer)) return true;
    await wait(50);
  }
  return false;
}

async function answersFor(address: string, issuer: string): Promise<boolean> {
  try {
    const response = await fetch(address, {
      signal: AbortSignal.timeout(2_000),
      redirect: 'manual',
    });
    const document = discoverySchema.safeParse(await response.json());
    return response.ok && document.success && document.data.issuer === issuer;
  } catch {
    return false;
  }
}
