// The network identity service as a process of its own.
import { runRegister } from '../run-register.ts';
import type { NetworkPart } from './network-part.ts';
import { createNetworkService } from './network-service.ts';

await runRegister<NetworkPart>(createNetworkService);
