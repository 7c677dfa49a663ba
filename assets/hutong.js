// Improves pages that work without it: focus on errors, show-password, one submit at a time, copy,
// print, the worker of the proof of work, and passkeys.

document.querySelector('.error-summary')?.focus();

for (const button of document.querySelectorAll('[data-reveals]')) {
  const field = document.getElementById(button.dataset.reveals);
  button.hidden = false;
  button.addEventListener('click', () => {
    const isShown = field.type === 'text';
    field.type = isShown ? 'password' : 'text';
    button.textContent = isShown ? button.dataset.show : button.dataset.hide;
    button.setAttribute('aria-pressed', String(!isShown));
  });
  // Browsers remember what was typed into text fields.
  field.form.addEventListener('submit', () => {
    field.type = 'password';
  });
}

const SUBMIT_PAUSE_MS = 4000;
for (const form of document.querySelectorAll('form[method="post"]')) {
  let lastSubmit = -Infinity;
  form.addEventListener('submit', (event) => {
    if (event.timeStamp - lastSubmit < SUBMIT_PAUSE_MS) event.preventDefault();
    else lastSubmit = event.timeStamp;
  });
}

// Sent along with the form whose contents they keep; a password is not theirs to send.
for (const button of document.querySelectorAll('button[data-switch]')) {
  button.addEventListener('click', () => {
    for (const field of button.form.querySelectorAll('[autocomplete$="password"]'))
      field.value = '';
  });
}

for (const button of document.querySelectorAll('[data-copies]')) {
  const source = document.getElementById(button.dataset.copies);
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = button.dataset.copied;
    } catch {
      // Not allowed here: marked, it can be copied by hand.
      getSelection().selectAllChildren(source);
    }
  });
}

for (const button of document.querySelectorAll('[data-prints]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
  document.querySelector('[data-without-prints]')?.remove();
}

const proof = document.querySelector('[data-proof-of-work]');
if (proof) await showProofOfWork(proof);

async function showProofOfWork(slot) {
  const { challenge, widget, style, worker, words } = slot.dataset;
  const sheet = document.createElement('link');
  Object.assign(sheet, { rel: 'stylesheet', href: style });
  document.head.append(sheet);
  try {
    await import(widget);
  } catch {
    return; // The wait stays on the page and serves instead.
  }
  const { algorithms, i18n } = globalThis.$altcha;
  algorithms.set('PBKDF2/SHA-256', () => new Worker(worker));
  i18n.set('en', { ...i18n.get('en'), ...JSON.parse(words) });
  const element = document.createElement('altcha-widget');
  element.setAttribute('challenge', challenge);
  element.setAttribute('language', 'en');
  element.setAttribute('auto', 'onload');
  element.setAttribute(
    'configuration',
    '{"hideFooter":true,"hideLogo":true,"humanInteractionSignature":false}',
  );
  slot.append(element);
  slot.hidden = false;
  document.querySelector('[data-without-script]')?.remove();
}

const passkeyForms = document.querySelectorAll('form[data-passkey]');
if (globalThis.PublicKeyCredential) for (const form of passkeyForms) offerPasskey(form);

function offerPasskey(form) {
  form.hidden = false;
  form.parentElement.querySelector('[data-without-passkeys]')?.remove();
  let isUnderWay = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (isUnderWay) return;
    isUnderWay = true;
    for (const text of form.querySelectorAll('[data-when]')) text.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify(await askAuthenticator(form.dataset));
      // No event this time: it goes to the server.
      form.submit();
    } catch (error) {
      const when = {
        NotAllowedError: 'cancelled',
        AbortError: 'cancelled',
        InvalidStateError: 'known',
      };
      form.querySelector(`[data-when="${when[error.name] ?? 'failed'}"]`).hidden = false;
    } finally {
      isUnderWay = false;
    }
  });
}

async function askAuthenticator({ passkey, options, library }) {
  await import(library);
  const { startAuthentication, startRegistration } = globalThis.SimpleWebAuthnBrowser;
  const answer = await fetch(options, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  if (!answer.ok) throw new Error(`options: ${answer.status}`);
  const optionsJSON = await answer.json();
  return passkey === 'create'
    ? startRegistration({ optionsJSON })
    : startAuthentication({ optionsJSON });
}
