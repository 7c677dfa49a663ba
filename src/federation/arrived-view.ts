// What another platform says of a person, as the person reads it.
import { maskName, maskNumber } from '../accounts/masking.ts';
import type { ArrivedView } from './federation.views.ts';
import type { ReadArrival } from './read-arrival.ts';

export function arrivedView({
  identity,
  capped,
}: Pick<ReadArrival, 'identity' | 'capped'>): ArrivedView {
  const { name, certificate } = identity;
  return {
    ...(name === undefined ? {} : { maskedName: maskName(name) }),
    ...(certificate ? { maskedNumber: maskNumber(certificate.number, 'signedIn') } : {}),
    level: capped.level,
    isCapped: capped.level < identity.level,
  };
}
