// What the administration of peers is given; `ctx.render` is checked against it. Nothing of secrets but
// that there are some.
import type { BreakerState } from '../../platform/circuit-breaker.ts';
import type { FieldError, FormTarget, Words } from '../../platform/http/view-locals.ts';
import type { DryRun } from '../dry-run.ts';
import type { OurAddress } from '../our-addresses.ts';
import type { PeerKind, PeerProtocol, PeerRole, PeerState } from '../peer.ts';
import type { PeerRefusal } from '../peer-steps.ts';
import type { PeerConsoleStep } from './peer-paths.ts';

/** Words `admin.done.<what>`. */
export const peersDone = [
  'created',
  'changed',
  'reworded',
  'unchanged',
  'approve',
  'activate',
  'suspend',
  'resume',
  'remove',
] as const;
export type PeersDone = (typeof peersDone)[number];

export interface AdminFrame {
  maskedName: string;
  signOutForm: FormTarget;
  done?: PeersDone;
}

export interface PeerHealthView {
  circuit: BreakerState;
  lastSuccessAt?: Date;
  lastFailureAt?: Date;
  failure?: string;
}

export interface PeerRow {
  id: string;
  href: string;
  name: string;
  kind: PeerKind;
  state: PeerState;
  roles: readonly PeerRole[];
  protocol: PeerProtocol;
  levelCap: number;
  strengthCap: number;
  /** Of the process that shows the page. */
  health: PeerHealthView;
  /** The next key or certificate that ends within thirty days or has ended. */
  ending?: { name: string; days: number };
}

export interface PeersLocals extends AdminFrame {
  peers: readonly PeerRow[];
  /** Of those who may register one. */
  joinHref?: string;
}

export interface PeerLocals extends AdminFrame {
  peer: PeerRow & { issuer: string; revision: number };
  registration: string;
  /** What is entered there: words `peers.our_address.<use>`. */
  ourAddresses: readonly OurAddress[];
  /** Names of the secrets that are kept. */
  held: readonly string[];
  droppedKeys: readonly string[];
  credentials: readonly {
    kind: 'signingKey' | 'certificate';
    name: string;
    expiresAt?: Date;
    days?: number;
    isSoon: boolean;
  }[];
  /** What the last look found wrong. */
  lookProblems: readonly Words[];
  seenAt?: Date;
  /** Who brought it where it stands: words `admin.peer.by.<step>`. */
  decisions: readonly {
    step: 'changed' | 'tested' | 'approved' | 'activated' | 'suspended';
    who: string;
    at: Date;
    reason?: string;
  }[];
  changeHref?: string;
  testHref?: string;
  steps: readonly { step: PeerConsoleStep; href: string }[];
}

export interface PeerFormLocals extends AdminFrame {
  /** Absent: a new one. */
  peer?: { id: string; name: string; href: string };
  typed: string;
  held: readonly string[];
  problems: readonly { field: string; words: Words }[];
  form: FormTarget;
  backHref: string;
  /** Somebody else was first: what is registered now. */
  meanwhile?: string;
  /** The sign-in is too old by now: another window gives a fresh one. */
  freshHref?: string;
  errors: readonly FieldError[];
}

export interface PeerTestLocals extends AdminFrame {
  peer: { id: string; name: string; href: string };
  sample: string;
  form: FormTarget;
  /** Of the test that was just made. */
  result?:
    | { kind: 'look'; problems: readonly Words[] }
    | { kind: 'sample'; run: DryRun }
    | { kind: 'refused'; words: Words };
  /** It counts, and the peer is tested now. */
  isRecorded: boolean;
  freshHref?: string;
  errors: readonly FieldError[];
}

export interface PeerStepLocals extends AdminFrame {
  step: PeerConsoleStep;
  peer: { id: string; name: string; href: string; issuer: string; state: PeerState };
  registration: string;
  reason: string;
  form: FormTarget;
  freshHref?: string;
  errors: readonly FieldError[];
}

declare module '../../platform/http/view-locals.ts' {
  interface ViewLocals {
    'admin/peers': PeersLocals;
    'admin/peer': PeerLocals;
    'admin/peer-form': PeerFormLocals;
    'admin/peer-test': PeerTestLocals;
    'admin/peer-step': PeerStepLocals;
    'admin/refused': AdminFrame & { reason: PeerRefusal; onwardHref: string };
    'admin/not-administrator': { homeHref: string };
  }
}
