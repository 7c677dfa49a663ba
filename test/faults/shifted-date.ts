// Loaded before the application (`--import`): each SIGUSR2 sets its wall clock off by the number of
// milliseconds in FAULT_CLOCK_JUMP_MS, or right again. Production code knows nothing of it.
const jump = Number(process.env['FAULT_CLOCK_JUMP_MS']);
const original = Date;
let shift = 0;

process.on('SIGUSR2', () => {
  shift = shift === 0 ? jump : 0;
});

const now = () => original.now() + shift;

globalThis.Date = new Proxy(original, {
  construct: (target, given: unknown[], made) =>
    given.length === 0
      ? Reflect.construct(target, [now()])
      : (Reflect.construct(target, given, made) as Date),
  get: (target, name, receiver): unknown =>
    name === 'now' ? now : Reflect.get(target, name, receiver),
});
