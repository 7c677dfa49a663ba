// What the library says at the end of a device's sign-in, as pages of ours. Every end is a page
// with an address of its own, so that a reload says the same again.
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { asHttpContext } from '../../platform/http/context.ts';
import { redirect } from '../../platform/http/redirect.ts';
import { currentMemo } from '../storage/request-memo.ts';
import { renderProtocolError } from './protocol-errors.ts';

export const DEVICE_PATH = '/device';
export const DEVICE_END_PATH = '/device/end';

export const deviceEnds = ['approved', 'refused', 'used', 'expired', 'failed'] as const;
export type DeviceEnd = (typeof deviceEnds)[number];

/** The library's `successSource`. */
export function leadToSuccess(ctx: KoaContextWithOIDC): void {
  leadTo(ctx, 'approved');
}

/** By the name of the library's error, or of ours. */
const ENDS: Readonly<Record<string, DeviceEnd>> = {
  AbortedError: 'refused',
  AlreadyUsedError: 'used',
  DeviceCodeDecided: 'used',
  ExpiredError: 'expired',
  NotFoundError: 'expired',
  UnmetAuthenticationRequirements: 'failed',
  AccessDenied: 'failed',
};

/** The library's `userCodeInputSource`, which it asks after every failure of a device's sign-in. */
export function leadToFailure(
  ctx: KoaContextWithOIDC,
  ...[, out, error]: [form: string, out?: ErrorOut, error?: Error]
): void {
  if (!out || !error) throw new Error('the page of the user code is a route of ours');
  forgetForm(ctx);
  const end = ENDS[error.name] ?? ENDS[error.constructor.name];
  // A second tab of the same sign-in: there it is said what became of it.
  if (end && currentMemo()?.spentInteraction === undefined) leadTo(ctx, end);
  else renderProtocolError(ctx, out, error);
}

// The library has just put the secret of its own form into the session, which it would now store
// again; it cannot where there is none yet, and answers 500.
function forgetForm(ctx: KoaContextWithOIDC): void {
  const session = ctx.oidc.session as unknown as { exp?: number; touched?: boolean } | undefined;
  if (session && session.exp === undefined) session.touched = false;
}

function leadTo(ctx: KoaContextWithOIDC, end: DeviceEnd): void {
  const http = asHttpContext(ctx);
  const query = new URLSearchParams({ end });
  const clientId = ctx.oidc.client?.clientId;
  if (clientId !== undefined) query.set('client_id', clientId);
  redirect(http, `${DEVICE_END_PATH}?${query.toString()}`);
}
