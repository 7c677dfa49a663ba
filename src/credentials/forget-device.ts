// A device whose own budget is used up becomes a stranger, whichever factor was guessed on it.
import type { AuditLog } from '../audit/audit-log.ts';
import type { DeviceStore } from './device-store.ts';
import type { KnownDevice } from './known-device.ts';

export interface ForgetDeviceDependencies {
  devices: Pick<DeviceStore, 'forget'>;
  audit: AuditLog;
}

export async function forgetDevice(
  { devices, audit }: ForgetDeviceDependencies,
  device: KnownDevice,
): Promise<void> {
  if (!(await devices.forget(device))) return;
  await audit.record({
    type: 'credentials.device_forgotten',
    actor: 'system',
    subject: device.accountId,
    result: 'done',
    reason: 'too_many_failures',
  });
}
