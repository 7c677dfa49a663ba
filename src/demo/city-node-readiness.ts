// When a node is ready: a city answers with its own discovery document, the key holder with its keys.
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { KEYS_PATH } from '../mutual-recognition/key-holder/key-holder-interface.ts';

const patienceMs = 60_000;
const discoverySchema = z.object({ issuer: z.string() });
const keysSchema = z.object({ keys: z.array(z.object({ epoch: z.number() })).min(1) });

/** False when it has not answered in a minute. Ends at once, with false, when told to stop. */
export function awaitCityNode(
  { port, issuer }: { port: number; issuer: string },
  signal: AbortSignal,
): Promise<boolean> {
  const address = `http://127.0.0.1:${port}/.well-known/openid-configuration`;
  const isRight = (answer: unknown) => discoverySchema.safeParse(answer).data?.issuer === issuer;
  return awaitAnswer(address, isRight, signal);
}

/** The same of the key holder of mutual recognition. */
export function awaitKeyHolder(port: number, signal: AbortSignal): Promise<boolean> {
  const isRight = (answer: unknown) => keysSchema.safeParse(answer).success;
  return awaitAnswer(`http://127.0.0.1:${port}${KEYS_PATH}`, isRight, signal);
}

async function awaitAnswer(
  address: string,
  isRight: (answer: unknown) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline && !signal.aborted) {
    if (await answers(address, isRight)) return true;
    await wait(50);
  }
  return false;
}

async function answers(address: string, isRight: (answer: unknown) => boolean): Promise<boolean> {
  try {
    const response = await fetch(address, {
      signal: AbortSignal.timeout(2_000),
      redirect: 'manual',
    });
    return response.ok && isRight(await response.json());
  } catch {
    return false;
  }
}
