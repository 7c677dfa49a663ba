// How load reaches a server: kept-alive connections to each of its processes in turn, with the
// headers that a TLS proxy in front of it would send.
import { Pool } from 'undici';

export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface Sent {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  /** A form. */
  fields?: Readonly<Record<string, string>>;
}

export class HttpLane {
  readonly #pools: readonly Pool[];
  readonly #issuer: URL;
  #turn = 0;

  /** @param origins where the processes listen, whatever the issuer's name is */
  constructor(issuer: string, origins: readonly string[], connections: number) {
    this.#issuer = new URL(issuer);
    this.#pools = origins.map((origin) => new Pool(origin, { connections, pipelining: 1 }));
  }

  /** `address`: of the person or client, as the proxy reports it. */
  async send(path: string, sent: Sent, address: string): Promise<Reply> {
    this.#turn = (this.#turn + 1) % this.#pools.length;
    const pool = this.#pools[this.#turn];
    if (!pool) throw new Error('no server to send to');
    const { fields } = sent;
    const response = await pool.request({
      path,
      method: sent.method ?? (fields ? 'POST' : 'GET'),
      headers: {
        host: this.#issuer.host,
        'x-forwarded-for': address,
        'x-forwarded-proto': this.#issuer.protocol.slice(0, -1),
        ...(fields ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        ...sent.headers,
      },
      ...(fields ? { body: new URLSearchParams(fields).toString() } : {}),
    });
    const body = await response.body.text();
    return { status: response.statusCode, headers: response.headers, body };
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }
}

/** 10.0.0.0/8, a different one for each number. */
export function addressOf(number: number): string {
  const at = (shift: number) => Math.floor(number / 2 ** shift) % 256;
  return `10.${at(16)}.${at(8)}.${at(0)}`;
}
