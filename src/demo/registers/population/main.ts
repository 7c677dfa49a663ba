// The population register as a process of its own, on loopback.
import { createServer } from 'node:http';
import { logTo } from '../../pages/site-shell.ts';
import {
  closeServer,
  endOnSignal,
  listenOnLoopback,
  receiveSettings,
  reportReady,
} from '../../part-channel.ts';
import type { PopulationPart } from './population-part.ts';
import { createPopulationRegister } from './population-register.ts';

const settings = await receiveSettings<PopulationPart>();
const log = logTo(process.stdout);
const app = createPopulationRegister({ ...settings, log });
const handle = app.callback();
const server = createServer((request, response) => void handle(request, response));
await listenOnLoopback(server, settings.port);
endOnSignal(() => closeServer(server));
reportReady();
