// The register of legal entities as a process of its own, on loopback.
import { createServer } from 'node:http';
import { logTo } from '../../pages/site-shell.ts';
import {
  closeServer,
  endOnSignal,
  listenOnLoopback,
  receiveSettings,
  reportReady,
} from '../../part-channel.ts';
import type { LegalEntitiesPart } from './legal-entities-part.ts';
import { createLegalEntityRegister } from './legal-entity-register.ts';

const settings = await receiveSettings<LegalEntitiesPart>();
const log = logTo(process.stdout);
const app = createLegalEntityRegister({ ...settings, log });
const handle = app.callback();
const server = createServer((request, response) => void handle(request, response));
await listenOnLoopback(server, settings.port);
endOnSignal(() => closeServer(server));
reportReady();
