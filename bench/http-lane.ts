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
  json?: object;
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
    const body = bodyOf(sent);
    const response = await pool.request({
      path,
      method: sent.method ?? (body ? 'POST' : 'GET'),
      headers: {
        host: this.#issuer.host,
        'x-forwarded-for': address,
        'x-forwarded-proto': this.#issuer.protocol.slice(0, -1),
        ...(body ? { 'content-type': body.type } : {}),
        ...sent.headers,
      },
      ...(body ? { body: body.text } : {}),
    });
    const text = await response.body.text();
    return { status: response.statusCode, headers: response.headers, body: text };
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }
}

function bodyOf({ fields, json }: Sent): { type: string; text: string } | undefined {
  if (json) return { type: 'application/json', text: JSON.stringify(json) };
  if (!fields) return undefined;
  const text = new URLSearchParams(fields).toString();
  return { type: 'application/x-www-form-urlencoded', text };
}

/** 10.0.0.0/8, a different one for each number. */
export function addressOf(number: number): string {
  const at = (shift: number) => Math.floor(number / 2 ** shift) % 256;
  return `10.${at(16)}.${at(8)}.${at(0)}`;
}
