// Addresses of a recovery.

export const recoveryPaths = {
  start: '/recover',
  keepContact: '/recover/display',
  code: '/recover/code',
  sendCode: '/recover/code/send',
  proof: '/recover/proof',
  passkey: '/recover/proof/passkey',
  passkeyOptions: '/recover/proof/passkey/options',
  face: '/recover/face',
  faceReturn: '/recover/face/return',
  wait: '/recover/wait',
  waiting: '/recover/waiting',
  review: '/recover/review',
  reviewRemoveFile: '/recover/review/remove',
  reviewSend: '/recover/review/send',
  sent: '/recover/sent',
  continueLink: '/recover/continue',
  cancelLink: '/recover/cancel',
  password: '/recover/password',
  nothing: '/recover/not-found',
  /** For who lives at the province. */
  province: '/recover/province',
  done: '/recover/done',
  notMe: '/not-me',
} as const;

/** The first page. */
export function recoveryStart(of: {
  interaction?: string | undefined;
  channel?: 'sms' | 'mail' | undefined;
}): string {
  const query = new URLSearchParams({
    ...(of.interaction === undefined ? {} : { interaction: of.interaction }),
    ...(of.channel === undefined ? {} : { by: of.channel === 'mail' ? 'mail' : 'phone' }),
  }).toString();
  return query === '' ? recoveryPaths.start : `${recoveryPaths.start}?${query}`;
}
