// Which certification authorities count for outgoing requests: the system's, and those of HUTONG_OUTBOUND_CA.
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { AppError } from './errors.ts';

/** @throws AppError `configuration_invalid` when the file cannot be used. */
export function readAuthorities(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const pem = readFileSync(file, 'utf8');
    tls.createSecureContext({ ca: pem });
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new RangeError('no certificate');
    return pem;
  } catch (cause) {
    const problem = 'HUTONG_OUTBOUND_CA is not a readable file of PEM certificates';
    throw new AppError('configuration_invalid', { cause, details: { problem } });
  }
}

/** Built once, at the first https request: reading the system's authorities takes a tenth of a second. */
export function lazySecureContext(extraAuthorities: string | undefined): () => tls.SecureContext {
  let context: tls.SecureContext | undefined;
  return () => {
    context ??= tls.createSecureContext({
      ca: [
        ...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')]),
        ...(extraAuthorities === undefined ? [] : [extraAuthorities]),
      ],
      minVersion: 'TLSv1.2',
    });
    return context;
  };
}
