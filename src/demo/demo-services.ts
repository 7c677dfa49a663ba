// The services 事项 of the demonstration city: HUTONG_SERVICES, written anew at every start, and which
// of them the relying parties handle.
import type { ServiceConfig } from '../platform/services-config.ts';
import type { CityPlan } from './city-parts.ts';
import { writeWhole } from './data-folder.ts';

export const demoServices = [
  {
    code: 'enterprise.annual-report',
    name: { 'zh-CN': '企业年度报告', en: 'Annual report' },
  },
  {
    code: 'enterprise.change',
    name: { 'zh-CN': '企业变更登记', en: 'Change of registration' },
  },
  {
    code: 'enterprise.support',
    name: { 'zh-CN': '惠企政策申报', en: 'Support for businesses' },
  },
  {
    code: 'sample-filing',
    name: { 'zh-CN': '示例备案（接入示例）', en: 'Sample filing (example system)' },
  },
] as const satisfies readonly ServiceConfig[];

type DemoService = (typeof demoServices)[number]['code'];

export const servicesOf = {
  serviceHall: ['enterprise.annual-report', 'enterprise.change', 'enterprise.support'],
  departmentSample: ['sample-filing'],
} as const satisfies Readonly<Record<string, readonly DemoService[]>>;

export async function writeServicesFile({ settings }: CityPlan): Promise<void> {
  await writeWhole(
    settings.folder.servicesFile,
    `${JSON.stringify({ services: demoServices }, null, 2)}\n`,
  );
}
