// What the pages of signing out are given; `ctx.render` is checked against it.
import type { FormTarget, RelyingPartyView } from '../platform/http/view-locals.ts';

export interface SignOutConfirmLocals {
  relyingParty?: RelyingPartyView;
  /** Sends `logout=yes` to end everything, and nothing to leave only the relying party. */
  form: FormTarget;
  /** The session came from there; signs out on both sides. */
  upstream?: { peerName: string; form: FormTarget };
  /** Names of the systems that are open in this session. */
  openSystems: readonly string[];
}

export interface SignedOutLocals {
  /** Absent where nobody can tell any more: the page was opened again. */
  isGlobal?: boolean;
  relyingParty?: RelyingPartyView;
}

export interface FrontChannelLocals {
  /** Clients that are told by the browser itself; their addresses are admitted with `allowFrames`. */
  systems: readonly { name: string; frameUrl: string }[];
  /** Where the sign-out leads. */
  onwardHref: string;
}

declare module '../platform/http/view-locals.ts' {
  interface ViewLocals {
    'sessions/sign-out-confirm': SignOutConfirmLocals;
    'sessions/signed-out': SignedOutLocals;
    'sessions/front-channel': FrontChannelLocals;
  }
}
