// Brings a security event token to its receiver (RFC 8935).
import { judgeFailure, judgeRefusal } from './judge-delivery.ts';
import type { Outbound } from './outbound.ts';
import type { DeliveryResult } from './outbox-worker.ts';

export async function pushEventToken(
  outbound: Pick<Outbound, 'fetch'>,
  address: string,
  token: string,
): Promise<DeliveryResult> {
  try {
    const { status } = await outbound.fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/secevent+jwt', accept: 'application/json' },
      body: token,
    });
    const isTaken = status >= 200 && status < 300;
    return isTaken ? { outcome: 'delivered', result: 'accepted' } : judgeRefusal(status);
  } catch (error) {
    return judgeFailure(error);
  }
}
