// A refusal at the terminal.
import { exitCode } from '../platform/terminal.ts';
import type { Terminal } from '../platform/terminal.ts';
import type { TrustRefusal } from './trust-refusal.ts';

export function sayRefusal(
  { complain, t }: Terminal,
  { entity, reason, detail }: TrustRefusal,
): number {
  const words = t(`federation-trust.reason.${reason}`);
  const more = detail === undefined ? '' : ` (${detail})`;
  complain(t('federation-trust.command.refused', { entity, reason: words, detail: more }));
  return exitCode.refused;
}
