// How much may be tried before somebody has to wait, and the defaults; the JSON file HUTONG_LIMITS
// overrides them.
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

const count = z.int().min(1).max(1_000_000);
const seconds = z.int().min(1).max(31_536_000);
const budget = z.strictObject({ attempts: count, windowSeconds: seconds });

const addressRule = z.strictObject({
  /** An address or CIDR, e.g. a service hall's: `10.8.0.0/16`. */
  cidr: z
    .string()
    .max(50)
    .refine((text) => ipaddr.isValid(text) || ipaddr.isValidCIDR(text), {
      message: 'must be an address or a CIDR',
    }),
  attempts: count,
  windowSeconds: seconds,
});

export const limitsSchema = z.strictObject({
  signIn: z
    .strictObject({
      /** (a) a device that has signed this account in before. */
      knownDevice: budget.default({ attempts: 5, windowSeconds: 1800 }),
      /** (b) an unknown device: per account and address. */
      unknownDevicePerAddress: budget.default({ attempts: 5, windowSeconds: 1800 }),
      /** (c) all unknown devices of one account together. */
      unknownDevicesPerHour: budget.default({ attempts: 30, windowSeconds: 3600 }),
      unknownDevicesPerDay: budget.default({ attempts: 100, windowSeconds: 86_400 }),
      /** Failures of one address over all accounts, and of its /24 or /64. */
      perAddress: budget.default({ attempts: 100, windowSeconds: 1800 }),
      perNetwork: budget.default({ attempts: 1000, windowSeconds: 1800 }),
      /** Addresses with budgets of their own: halls, kiosks, a test suite's host. */
      addresses: z.array(addressRule).max(1000).default([]),
      /** Wrong authenticator codes: of a device that has proven one for this account before. */
      secondFactorKnownDevice: budget.default({ attempts: 5, windowSeconds: 1800 }),
      /** Of any other device: per account and address; and of all of them together. */
      secondFactor: budget.default({ attempts: 5, windowSeconds: 300 }),
      secondFactorUnknownDevicesPerDay: budget.default({ attempts: 30, windowSeconds: 86_400 }),
      /** Codes by short message or mail: to one receiver, and asked for from one address. */
      codesPerContact: budget.default({ attempts: 10, windowSeconds: 86_400 }),
      codesPerAddress: budget.default({ attempts: 50, windowSeconds: 86_400 }),
      /** The same for its /24 or /64, which may be many households. */
      codesPerNetwork: budget.default({ attempts: 500, windowSeconds: 86_400 }),
      /** After this many failures of an address or account a proof of work is asked. */
      proofOfWorkAfterFailures: z.int().min(0).max(1000).default(2),
    })
    .prefault({}),
  hashing: z
    .strictObject({
      /** Hashes computed at once; null: the number of cores. */
      concurrency: z.int().min(1).max(64).nullable().default(null),
      /** Waiting entries altogether, and for one address. */
      maxWaiting: z.int().min(1).max(10_000).default(64),
      maxWaitingPerAddress: z.int().min(1).max(10_000).default(2),
    })
    .prefault({}),
  /** Wrong user codes of devices (RFC 8628); docs/threat-model.md has the arithmetic. */
  deviceCode: z
    .strictObject({
      /** Of one person who is signed in. */
      perAccount: budget.default({ attempts: 20, windowSeconds: 600 }),
      /** Of everybody who is not, together; whoever signs in may go on. */
      withoutSignIn: budget.default({ attempts: 500, windowSeconds: 600 }),
    })
    .prefault({}),
  /** Requests per address to a named route; see platform/http/limits.ts for the names. */
  routes: z.record(z.string().max(50), budget).default({}),
});

export type Limits = z.infer<typeof limitsSchema>;
export type Budget = z.infer<typeof budget>;
