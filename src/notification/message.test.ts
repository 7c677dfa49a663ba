// What people read in messages, in every language.
import { describe, expect, it } from 'vitest';
import { loadWords, locales } from '../platform/http/locale.ts';
import { messageTemplates, renderMail, renderSms } from './message.ts';
import type { Message } from './message.ts';

const words = loadWords('locales');
const values = {
  proof: '数字证书',
  child: '王*',
  time: '2026年11月22日 14:05',
  device: 'Firefox',
  address: '192.0.2.1',
  client: '门户',
  system: '公积金网上大厅',
  until: '2026年12月22日',
  code: '123456',
  minutes: 5,
  purpose: '登录',
  phone: '138****8000',
  count: 3,
  level: '三级',
  matter: '账户合并',
  why: '材料看不清',
  ready: '2026年11月23日 14:05',
  link: 'L1nk',
  not_me: 'L1nk',
  entity: '示例公司',
  who: '王*',
  how: '短信验证码',
  what: '社保',
  number: '***********1234',
  from: '原示例公司',
  login: 'zhang.san',
  password: 'abcd-efgh-ijkl',
  role: '管理员',
  status: '注销',
  qualification: '房地产经纪',
  kind: '手机号',
  contact: '138****0001',
};

describe('the words', () => {
  it.each(locales)('of every template are complete in %s and hold no link', (language) => {
    for (const template of messageTemplates) {
      const message: Message = { channel: 'mail', to: 'x', template, values, language };
      const { subject, text } = renderMail(words, message);
      const all = `${subject}\n${text}\n${renderSms(words, message)}`;
      expect(all).not.toMatch(/\{\{|https?:|www\./u);
      expect(text).toContain('12345');
    }
  });
});
