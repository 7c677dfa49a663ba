// A client that lost the answer of a refresh may ask again for a moment and receives the same
// successor. The successor's value is derived from the old one, so it is never stored or guessed.
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import type { ArtefactStore, StoredArtefact } from './artefact-store.ts';
import { currentRequest, requestMemo } from './request-memo.ts';

interface RefreshGraceDependencies {
  artefacts: ArtefactStore;
  keyring: Keyring;
  clock: Clock;
  /** 0 turns the grace off: the second use revokes the family. */
  graceSeconds: number;
}

export class RefreshGrace {
  readonly #deps: RefreshGraceDependencies;

  constructor(deps: RefreshGraceDependencies) {
    this.#deps = deps;
  }

  /** True while a spent token may still be answered with its successor. */
  isOpen(stored: StoredArtefact): boolean {
    if (stored.consumedAt === null) return true;
    const age = this.#deps.clock.now().getTime() - stored.consumedAt.getTime();
    return age < this.#deps.graceSeconds * 1000;
  }

  /** `successor_used`: refuse, but it is no theft yet. `closed`: reuse, the family ends. */
  async stateOf(
    value: string,
    stored: StoredArtefact,
  ): Promise<'open' | 'successor_used' | 'closed'> {
    if (!this.isOpen(stored)) return 'closed';
    const successor = await this.#deps.artefacts.find('RefreshToken', this.#derive(value));
    return successor !== undefined && successor.consumedAt !== null ? 'successor_used' : 'open';
  }

  /** During a rotation: the value under which the new token `id` is to be stored and answered. */
  successorFor(id: string): string | undefined {
    const ctx = currentRequest();
    if (!ctx || this.#deps.graceSeconds === 0 || ctx.oidc.route !== 'token') return undefined;
    const rotated = ctx.oidc.entities.RotatedRefreshToken;
    if (!rotated || ctx.oidc.entities.RefreshToken?.jti !== id) return undefined;
    const successor = this.#derive(rotated.jti);
    requestMemo(ctx).refreshSuccessor = successor;
    return successor;
  }

  #derive(value: string): string {
    return this.#deps.keyring.mac('artefactId', 'refresh-successor', value).toString('base64url');
  }
}
