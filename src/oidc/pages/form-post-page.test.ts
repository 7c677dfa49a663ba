import { expect, test } from 'vitest';
import { readLibraryForm } from './form-post-page.ts';

function libraryPage(action: string, fields: string): string {
  return `<!DOCTYPE html><head><title>Submitting Callback</title></head><body>
<form method="post" action="${action}">${fields}</form></body>`;
}

test('the fields come as they were before the library escaped them', () => {
  const page = libraryPage(
    'https://portal.example.com/cb?a=1&amp;b=2',
    '<input type="hidden" name="state" value="&lt;&quot;&#39;&amp;amp;&gt;"/><input type="hidden" name="code" value=""/>',
  );
  expect(readLibraryForm(page)).toEqual({
    action: 'https://portal.example.com/cb?a=1&b=2',
    fields: { state: `<"'&amp;>`, code: '' },
  });
});

test.each([undefined, {}, Buffer.from('x'), '', '<form method="post" action="/x"></form>'])(
  'any other body is left alone: %j',
  (body) => {
    expect(readLibraryForm(body)).toBeUndefined();
  },
);

test('a page of another shape is a failure, not an empty form', () => {
  expect(() => readLibraryForm('<title>Submitting Callback</title><form>')).toThrow('shape');
});
