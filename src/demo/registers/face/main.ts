// The face service as a process of its own, on loopback.
import { createServer } from 'node:http';
import { logTo } from '../../pages/site-shell.ts';
import {
  closeServer,
  endOnSignal,
  listenOnLoopback,
  receiveSettings,
  reportReady,
} from '../../part-channel.ts';
import type { FacePart } from './face-part.ts';
import { createFaceService } from './face-service.ts';

const settings = await receiveSettings<FacePart>();
const log = logTo(process.stdout);
const app = await createFaceService({ ...settings, log });
const handle = app.callback();
const server = createServer((request, response) => void handle(request, response));
await listenOnLoopback(server, settings.port);
endOnSignal(() => closeServer(server));
reportReady();
