// The message inbox as a process of its own: one HTTP and one SMTP listener, both on loopback.
import { createServer } from 'node:http';
import {
  closeServer,
  endOnSignal,
  listenOnLoopback,
  receiveSettings,
  reportReady,
} from '../part-channel.ts';
import { logTo } from '../pages/site-shell.ts';
import type { InboxPart } from './inbox-part.ts';
import { createInbox } from './inbox.ts';
import { createMailReceiver } from './mail-receiver.ts';
import { MessageStore } from './message-store.ts';

const settings = await receiveSettings<InboxPart>();
const log = logTo(process.stdout);
const store = await MessageStore.open(settings.file);
const handle = createInbox({ ...settings, store, log }).callback();
const server = createServer((request, response) => void handle(request, response));
const mail = createMailReceiver(store, log);
await Promise.all([
  listenOnLoopback(server, settings.port),
  listenOnLoopback(mail.server, settings.smtpPort),
]);
endOnSignal(async () => {
  await Promise.all([
    closeServer(server),
    new Promise<void>((resolve) => mail.close(() => resolve())),
  ]);
  await store.close();
});
reportReady();
