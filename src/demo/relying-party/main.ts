// The relying parties as one process, each at an address of its own; their settings come from the supervisor.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import {
  closeServer,
  endOnSignal,
  listenOnLoopback,
  receiveSettings,
  reportReady,
} from '../part-channel.ts';
import { logTo } from '../pages/site-shell.ts';
import { createRelyingParty } from './relying-party.ts';
import type { RelyingPartyPart } from './relying-party-part.ts';

const write = logTo(process.stdout);

async function serve({ port, party }: RelyingPartyPart): Promise<Server> {
  const log = (line: object) => write({ site: party.site, ...line });
  const handle = createRelyingParty(party, log).callback();
  const server = createServer((request, response) => void handle(request, response));
  await listenOnLoopback(server, port);
  return server;
}

const parts = await receiveSettings<readonly RelyingPartyPart[]>();
const servers = await Promise.all(parts.map(serve));
endOnSignal(async () => {
  await Promise.all(servers.map(closeServer));
});
reportReady();
