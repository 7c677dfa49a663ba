// Loaded before every part of the demonstration city (`node --import`): the part ends when the
// process that started it is gone, however that came about. The channel breaks even on `kill -9`.

const graceMs = 8_000;

function end(): void {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(1), graceMs).unref();
}

if (process.channel) {
  process.on('disconnect', end);
  // The listener must not keep a part alive that has nothing left to do.
  process.channel.unref();
} else if (process.send === undefined) {
  process.stderr.write('started without a parent to watch\n');
}
