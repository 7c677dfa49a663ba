// One relying party as a process of its own; its settings come from the supervisor.
import { createServer } from 'node:http';
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

const { port, party } = await receiveSettings<RelyingPartyPart>();
const handle = createRelyingParty(party, logTo(process.stdout)).callback();
const server = createServer((request, response) => void handle(request, response));
await listenOnLoopback(server, port);
endOnSignal(() => closeServer(server));
reportReady();
