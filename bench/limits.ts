// HUTONG_LIMITS of a run: one machine does in seconds what a city does in a day. Only the numbers
// are raised; every budget is still counted.
const RAISED = { attempts: 1_000_000, windowSeconds: 1800 };

export const limits = {
  signIn: {
    knownDevice: RAISED,
    unknownDevicePerAddress: RAISED,
    unknownDevicesPerHour: RAISED,
    unknownDevicesPerDay: RAISED,
    perAddress: RAISED,
    perNetwork: RAISED,
    proofOfWorkAfterFailures: 1000,
  },
  hashing: { maxWaiting: 1000, maxWaitingPerAddress: 1000 },
  routes: Object.fromEntries(
    ['authorize', 'signIn', 'protocol', 'recognition'].map((name) => [
      name,
      { ...RAISED, windowSeconds: 600 },
    ]),
  ),
};
