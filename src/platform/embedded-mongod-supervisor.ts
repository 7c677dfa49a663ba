// A process of its own between us and `mongod`. It holds the other end of a pipe to its starter: when
// that closes, by an orderly stop or because the starter died of whatever cause, it shuts the server
// down. Arguments: who started it (for embedded-mongod-leftover.ts), folder to remove afterwards (or empty), program, the program's arguments.
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';

const SHUTDOWN_LIMIT_MILLISECONDS = 20_000;

const [, folderToRemove = '', binary = '', ...mongodArguments] = process.argv.slice(2);

const mongod = spawn(binary, mongodArguments, { stdio: 'ignore' });
const stop = () => {
  // Nobody needs what it would write in order first.
  if (folderToRemove !== '') {
    mongod.kill('SIGKILL');
    return;
  }
  mongod.kill('SIGTERM');
  setTimeout(() => mongod.kill('SIGKILL'), SHUTDOWN_LIMIT_MILLISECONDS).unref();
};

process.stdin.on('end', stop).on('error', stop).resume();
process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', stop);

const code = await new Promise<number>((resolve) => {
  mongod.once('exit', (exitCode) => resolve(exitCode ?? 1));
  mongod.once('error', () => resolve(127));
});
if (folderToRemove !== '') await rm(folderToRemove, { recursive: true, force: true });
// The starter's pipe would keep us alive.
process.exit(code);
