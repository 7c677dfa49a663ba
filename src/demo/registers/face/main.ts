// The face service as a process of its own.
import { runRegister } from '../run-register.ts';
import type { FacePart } from './face-part.ts';
import { createFaceService } from './face-service.ts';

await runRegister<FacePart>(createFaceService);
