// A visitor of one process among several that have one address.
import { Agent, buildConnector } from 'undici';
import { HttpVisitor } from './http-visitor.ts';
import type { Visit } from './http-visitor.ts';

/** Meets it by its own port, under the address that all have. */
export class VisitorOfProcess extends HttpVisitor {
  readonly #dispatcher: NonNullable<RequestInit['dispatcher']>;

  constructor(origin: string) {
    super();
    const { port } = new URL(origin);
    const connect = buildConnector({});
    const agent = new Agent({ connect: (to, done) => connect({ ...to, port }, done) });
    // The package and what Node.js has of it are typed by two releases.
    this.#dispatcher = agent as unknown as NonNullable<RequestInit['dispatcher']>;
  }

  override request(url: string | URL, init: RequestInit = {}): Promise<Visit> {
    return super.request(url, { ...init, dispatcher: this.#dispatcher });
  }
}
