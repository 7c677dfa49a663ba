// Keeps every secret and every person's value that goes over the wire while a test runs, in both
// directions: what must not be found anywhere else afterwards.

/** Fields, parameters and members whose values name a person or open something. */
const TELLING = new Set([
  'access_token',
  'altcha',
  'at_hash',
  'client_assertion',
  'client_secret',
  'code',
  'code_challenge',
  'code_verifier',
  'id_token',
  'id_token_hint',
  'jti',
  'login',
  'login_hint',
  'name',
  'nonce',
  'otp',
  'password',
  'refresh_token',
  'request_uri',
  'state',
  'token',
  'wait_token',
  '_csrf',
]);
const LEAST_LENGTH = 6;

export class TrafficRecorder {
  readonly values = new Set<string>();
  readonly #fetch = globalThis.fetch;

  start(): void {
    globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      await this.#readRequest(request.clone());
      const response = await this.#fetch(input, init);
      await this.#readResponse(response.clone());
      return response;
    };
  }

  stop(): void {
    globalThis.fetch = this.#fetch;
  }

  keep(...values: readonly string[]): void {
    for (const value of values) if (value.length >= LEAST_LENGTH) this.values.add(value);
  }

  async #readRequest(request: Request): Promise<void> {
    this.#readFields(new URL(request.url).searchParams);
    this.#readCookies(request.headers.get('cookie')?.split('; ') ?? []);
    const [, credentials] = request.headers.get('authorization')?.split(' ') ?? [];
    this.keep(credentials ?? '');
    const isForm = request.headers.get('content-type')?.includes('form-urlencoded');
    if (isForm) this.#readFields(new URLSearchParams(await request.text()));
  }

  async #readResponse(response: Response): Promise<void> {
    this.#readCookies(response.headers.getSetCookie());
    const location = response.headers.get('location');
    if (location && URL.canParse(location)) this.#readFields(new URL(location).searchParams);
    if (response.headers.get('content-type')?.includes('json') !== true) return;
    const body: unknown = await response.json().catch(() => undefined);
    if (typeof body === 'object' && body !== null) this.#readFields(Object.entries(body));
  }

  #readFields(fields: Iterable<[string, unknown]>): void {
    for (const [name, value] of fields) {
      if (TELLING.has(name) && typeof value === 'string') this.keep(value);
    }
  }

  #readCookies(cookies: readonly string[]): void {
    for (const cookie of cookies) {
      const [, value = ''] = /^[^=]+=([^;]*)/u.exec(cookie) ?? [];
      this.keep(value);
    }
  }
}

/** As a value may stand in a text: in clear, in an address, in Base64 of either alphabet, in hex. */
export function spellingsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  // The last characters of Base64 depend on what follows.
  const base64 = bytes.toString('base64').replace(/=+$/u, '').slice(0, -1);
  const escaped = JSON.stringify(value).slice(1, -1);
  const encoded = encodeURIComponent(value);
  const forms = [value, escaped, encoded, encoded.toLowerCase(), base64, bytes.toString('hex')];
  return [...forms, base64.replaceAll('+', '-').replaceAll('/', '_')];
}
