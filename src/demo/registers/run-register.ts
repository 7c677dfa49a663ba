// One register as a process of its own, on loopback: the settings come from the supervisor, its log
// goes to standard output.
import { createServer } from 'node:http';
import type Koa from 'koa';
import { logTo } from '../pages/site-shell.ts';
import {
  closeServer,
  endOnSignal,
  listenOnLoopback,
  receiveSettings,
  reportReady,
} from '../part-channel.ts';

/** What every register is told by the supervisor. */
export type RegisterPart = {
  readonly port: number;
  readonly publicUrl: string;
  /** What who asks must present as bearer token. */
  readonly key: string;
};

type Log = (line: object) => void;

/** Runs until a signal ends it. */
export async function runRegister<Part extends RegisterPart>(
  create: (part: Part & { readonly log: Log }) => Koa | Promise<Koa>,
): Promise<void> {
  const part = await receiveSettings<Part>();
  const app = await create({ ...part, log: logTo(process.stdout) });
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response));
  await listenOnLoopback(server, part.port);
  endOnSignal(() => closeServer(server));
  reportReady();
}
