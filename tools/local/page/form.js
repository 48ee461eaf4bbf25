import { element, milliseconds } from './dom.js';

const MAIL = `<div style="max-width: 440px; margin: 0 auto; padding: 24px; font-family: system-ui, sans-serif; color: #1a1f2b">
  <p style="margin: 0 0 20px; font-weight: 600">Example Shop</p>
  <p style="margin: 0 0 8px">Your verification code is</p>
  <p style="margin: 0 0 20px; font-size: 34px; font-weight: 700; letter-spacing: 6px">5928</p>
  <p style="margin: 0; color: #5b6475; font-size: 14px">It is good for 5 minutes. If you did not ask for it, you can ignore this email.</p>
</div>`;

const DEFAULTS = {
  email: { to: 'you@example.com', subject: 'Your Example Shop code', body: MAIL },
  sms: { to: '+12025550123', subject: '', body: 'Your Example Shop code is 5928' },
};
const LABELS = {
  email: { to: 'To', body: 'HTML body' },
  sms: { to: 'Phone number', body: 'Text' },
};

/** @param onSent is told the ids of the entries that come of it. */
export function setUpForm(form, result, onSent) {
  const { to, subject, body, app, variant } = form.elements;
  const drafts = structuredClone(DEFAULTS);
  let channel = 'email';

  const show = () => {
    to.value = drafts[channel].to;
    subject.value = drafts[channel].subject;
    body.value = drafts[channel].body;
    document.getElementById('to-label').textContent = LABELS[channel].to;
    document.getElementById('body-label').textContent = LABELS[channel].body;
    document.getElementById('subject-field').hidden = channel === 'sms';
    to.inputMode = channel === 'sms' ? 'tel' : 'email';
  };
  form.addEventListener('change', ({ target }) => {
    if (target.name !== 'channel') return;
    drafts[channel] = { to: to.value, subject: subject.value, body: body.value };
    channel = target.value;
    show();
  });
  // What a browser filled in again after a reload belongs to another channel.
  form.reset();
  show();

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button[type=submit]');
    button.disabled = true;
    say(result, '', 'Sending …');
    try {
      const answers = await postJson('/send', {
        channel,
        app: app.value.trim(),
        to: to.value,
        subject: subject.value,
        body: body.value,
        variant: variant.value,
      });
      const tone = answers.every(({ status }) => status === 202) ? 'good' : 'bad';
      say(
        result,
        tone,
        answers.map(({ status, latencyMs }) => `Answered ${status} in ${milliseconds(latencyMs)}.`).join(' '),
      );
      onSent(answers.map(({ id }) => id));
    } catch (error) {
      say(result, 'bad', error.message);
    } finally {
      button.disabled = false;
      button.focus();
    }
  });
}

function say(result, tone, text) {
  result.dataset.tone = tone;
  result.textContent = text;
}

/** Shows a choice of behaviour for each loopback provider. */
export function showProviders(list, template, providers) {
  list.replaceChildren(
    ...providers.map(({ name, behaviour }) => {
      const row = template.content.firstElementChild.cloneNode(true);
      const select = row.querySelector('select');
      const label = row.querySelector('label');
      label.textContent = name;
      label.htmlFor = `provider-${name}`;
      select.id = `provider-${name}`;
      select.value = behaviour;
      select.addEventListener('change', () => {
        postJson('/providers', { name, behaviour: select.value }).catch(() => {
          row.append(element('p', { class: 'note', role: 'alert' }, 'That could not be set.'));
        });
      });
      return row;
    }),
  );
}

export async function postJson(path, value) {
  let response;
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
    });
  } catch {
    throw new Error('The relay does not answer. Is npm start still running?');
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer.answers;
}
