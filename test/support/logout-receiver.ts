// Receives logout tokens for any number of clients (`/<client id>`), checks them as a client must
// (OpenID Connect Back-Channel Logout 2.6), and can be down.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';

export interface ReceivedLogout {
  clientId: string;
  sub: string;
  sid: string;
  jti: string;
  alg: string;
  /** Epoch milliseconds. */
  at: number;
}

export class LogoutReceiver {
  readonly received: ReceivedLogout[] = [];
  /** Why a token was not accepted. */
  readonly problems: string[] = [];
  /** Answered instead of looking at the token. */
  isDown = false;
  refusals = 0;
  readonly #server = createServer();
  #keys: JWTVerifyGetKey | undefined;
  #issuer = '';
  #waiting: (() => void)[] = [];

  async start(): Promise<this> {
    this.#server.on('request', (request, response) => {
      void this.#receive(request.url ?? '', text(request)).then((status) => {
        response.writeHead(status, { 'cache-control': 'no-store' }).end();
      });
    });
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  uriOf(clientId: string): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/${clientId}`;
  }

  /** `keys` when they must be known although the issuer does not answer, or are kept otherwise. */
  trust(issuer: string, keys?: JSONWebKeySet | JWTVerifyGetKey): void {
    this.#issuer = issuer;
    const remote = () => createRemoteJWKSet(new URL('/oauth2/jwks', issuer));
    this.#keys = typeof keys === 'object' ? createLocalJWKSet(keys) : (keys ?? remote());
  }

  /** Resolves when it holds; the test's own time limit ends the waiting. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  of(clientId: string): ReceivedLogout[] {
    return this.received.filter((logout) => logout.clientId === clientId);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(path: string, body: Promise<string>): Promise<number> {
    const clientId = path.slice(1);
    try {
      const token = new URLSearchParams(await body).get('logout_token') ?? '';
      if (this.isDown) {
        this.refusals += 1;
        return 503;
      }
      this.received.push(await this.#check(clientId, token));
      return 200;
    } catch (error) {
      this.problems.push(String(error));
      return 400;
    } finally {
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }

  async #check(clientId: string, token: string): Promise<ReceivedLogout> {
    if (!this.#keys) throw new Error('no issuer is trusted yet');
    const { payload, protectedHeader } = await jwtVerify(token, this.#keys, {
      issuer: this.#issuer,
      audience: clientId,
      requiredClaims: ['iat', 'exp', 'jti', 'sub', 'sid', 'events'],
    });
    if (protectedHeader.typ !== 'logout+jwt') throw new Error(`typ ${protectedHeader.typ}`);
    if ('nonce' in payload) throw new Error('nonce');
    const events = payload['events'] as Record<string, unknown>;
    if (!('http://schemas.openid.net/event/backchannel-logout' in events)) throw new Error('event');
    if (this.received.some(({ jti }) => jti === payload.jti)) throw new Error('jti seen before');
    const { sub = '', jti = '' } = payload;
    return {
      clientId,
      sub,
      sid: String(payload['sid']),
      jti,
      alg: protectedHeader.alg,
      at: Date.now(),
    };
  }
}
