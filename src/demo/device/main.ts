// A device without keyboard, as a program for the command line: shows a code, waits until somebody
// has allowed it on a phone, and greets them (RFC 8628). `npm run device [issuer]`
import * as client from 'openid-client';
import QRCode from 'qrcode';
import { translate } from '../locales.ts';
import { defaultFirstPort, portsFrom } from '../ports.ts';

const CLIENT_ID = 'terminal';

const chinese = translate('zh-CN');
const english = translate('en');

function say(key: string, values: Record<string, string> = {}): void {
  process.stdout.write(`${chinese(key, values)}\n${english(key, values)}\n\n`);
}

const issuer = new URL(process.argv[2] ?? `http://localhost:${portsFrom(defaultFirstPort).city}`);
const options = issuer.protocol === 'http:' ? { execute: [client.allowInsecureRequests] } : {};
try {
  const server = await client.discovery(issuer, CLIENT_ID, undefined, client.None(), options);
  const answer = await client.initiateDeviceAuthorization(server, {
    scope: 'openid profile real_name',
  });
  const address = answer.verification_uri_complete ?? answer.verification_uri;
  say('device.type', { address: answer.verification_uri, code: answer.user_code });
  process.stdout.write(`${await QRCode.toString(address, { type: 'terminal', small: true })}\n`);
  const tokens = await client.pollDeviceAuthorizationGrant(server, answer);
  const { sub = '' } = tokens.claims() ?? {};
  const person = await client.fetchUserInfo(server, tokens.access_token, sub);
  say('device.welcome', { name: person.name ?? sub });
} catch (error) {
  const reason = error instanceof client.ResponseBodyError ? error.error : String(error);
  say('device.ended', { reason });
  process.exitCode = 1;
}
