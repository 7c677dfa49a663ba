// A directory that speaks LDAP (RFC 4511), with pages (RFC 2696) and TLS, filled by the test.
import library from 'ldapjs';

export interface LdapEntry {
  dn: string;
  attributes: Readonly<Record<string, string | readonly string[]>>;
}

export interface LdapServer {
  url: string;
  /** What stands in it; a test replaces it. */
  entries: LdapEntry[];
  /** `referral`: says that there is more elsewhere; `cut`: hangs up in the middle. */
  fault: 'none' | 'referral' | 'cut' | 'silent';
  searches: number;
  stop(): Promise<void>;
}

export const BASE = 'dc=city,dc=example';
export const READER = { dn: `cn=reader,${BASE}`, password: 'read the list only' };

/** What is used of the library; the published types stand for an older release of it. */
interface Response {
  connection: { destroy(): void };
  send(entry: object): void;
  createSearchReference(uris: readonly string[]): object;
  addControl(control: object): void;
  end(): void;
}
interface SearchRequest {
  filter: { matches(attributes: object): boolean };
  controls: { type: string; value: { size: number; cookie: Buffer } }[];
}
interface BindRequest {
  dn: { toString(): string };
  credentials: string;
}
type Next = (refusal?: object) => void;
interface Server {
  port: number;
  on(event: 'error', listener: () => void): void;
  bind(base: string, handle: (request: BindRequest, response: Response, next: Next) => void): void;
  search(
    base: string,
    handle: (request: SearchRequest, response: Response, next: Next) => void,
  ): void;
  listen(port: number, host: string, listening: () => void): void;
  close(closed: () => void): void;
}
interface Library {
  createServer(options?: { certificate: string; key: string }): Server;
  InvalidCredentialsError: new () => object;
  PagedResultsControl: new (of: { value: { size: number; cookie: Buffer } }) => object;
}

const ldap = library as unknown as Library;
const PAGED = '1.2.840.113556.1.4.319';

export async function startLdapServer(tls?: { key: string; cert: string }): Promise<LdapServer> {
  const server = ldap.createServer(tls && { certificate: tls.cert, key: tls.key });
  // Clients that hang up are part of the tests.
  server.on('error', () => undefined);
  const own: LdapServer = {
    url: '',
    entries: [],
    fault: 'none',
    searches: 0,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
  server.bind(BASE, ({ dn, credentials }, response, next) => {
    const isReader = dn.toString() === READER.dn && credentials === READER.password;
    if (!isReader) return next(new ldap.InvalidCredentialsError());
    response.end();
    return next();
  });
  server.search(BASE, (request, response, next) => {
    own.searches += 1;
    answer(own, request, response);
    return next();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  own.url = tls ? `ldaps://localhost:${server.port}` : `ldap://127.0.0.1:${server.port}`;
  return own;
}

function answer(own: LdapServer, request: SearchRequest, response: Response): void {
  if (own.fault === 'silent') return;
  const found = own.entries.filter(({ attributes }) => request.filter.matches(attributes));
  const control = request.controls.find(({ type }) => type === PAGED);
  const from = control?.value.cookie.length ? Number(control.value.cookie.toString('utf8')) : 0;
  const to = from + (control?.value.size ?? found.length);
  if (own.fault === 'cut' && from > 0) return response.connection.destroy();
  for (const { dn, attributes } of found.slice(from, to)) response.send({ dn, attributes });
  if (own.fault === 'referral') {
    response.send(response.createSearchReference(['ldap://elsewhere.example/dc=more']));
  }
  if (control) {
    const cookie = Buffer.from(to < found.length ? String(to) : '');
    response.addControl(new ldap.PagedResultsControl({ value: { size: 0, cookie } }));
  }
  response.end();
}
