// A peer as part of an address of ours: its id, or the name that all platforms of a chain of trust share.
import { z } from 'zod';

export const peerInAddress = z
  .string()
  .max(64)
  .regex(/^[a-z\d-]+$/u);
