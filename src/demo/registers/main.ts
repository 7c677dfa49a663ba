// The registers as one process, each at an address of its own on loopback: their settings come from the
// supervisor, what they log goes to standard output.
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type Koa from 'koa';
import { logTo } from '../pages/site-shell.ts';
import {
  closeServer,
  endOnSignal,
  listenOnLoopback,
  receiveSettings,
  reportReady,
} from '../part-channel.ts';
import { createCorporateBank } from './corporate-bank/corporate-bank.ts';
import { createEntityCredentials } from './entity-credentials/entity-credentials.ts';
import { createFaceService } from './face/face-service.ts';
import { createLegalEntityRegister } from './legal-entities/legal-entity-register.ts';
import { createNetworkService } from './network-identity/network-service.ts';
import { createPopulationRegister } from './population/population-register.ts';
import type { RegisterPart } from './register-part.ts';
import type { RegisterParts } from './register-parts.ts';
import { createSources } from './sources/sources.ts';

type Log = (line: object) => void;

const write = logTo(process.stdout);

async function serve<Part extends RegisterPart>(
  register: keyof RegisterParts,
  part: Part,
  create: (part: Part & { readonly log: Log }) => Koa | Promise<Koa>,
): Promise<Server> {
  const app = await create({ ...part, log: (line) => write({ register, ...line }) });
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response));
  await listenOnLoopback(server, part.port);
  return server;
}

const parts = await receiveSettings<RegisterParts>();
const servers = await Promise.all([
  serve('population', parts.population, createPopulationRegister),
  serve('face', parts.face, createFaceService),
  serve('legalEntities', parts.legalEntities, createLegalEntityRegister),
  serve('entityCredentials', parts.entityCredentials, createEntityCredentials),
  serve('corporateBank', parts.corporateBank, createCorporateBank),
  serve('sources', parts.sources, createSources),
  serve('networkIdentity', parts.networkIdentity, createNetworkService),
]);
endOnSignal(async () => {
  await Promise.all(servers.map(closeServer));
});
reportReady();
