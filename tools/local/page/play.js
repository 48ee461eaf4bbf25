import { button, element, milliseconds, postJson, setText } from './dom.js';

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

/** Requests that must not be delivered, or not twice. */
const REQUESTS = [
  ['wrong_secret', 'Wrong secret', 'Signed with another app’s.'],
  ['altered', 'One byte changed', 'On its way to the relay.'],
  ['stale', 'Five minutes old', 'OwnID’s signatures are good for one.'],
  ['replayed', 'Replayed', 'The very same request twice: delivered once.'],
];

/** @param onSent gets the ids of the entries that come of it. */
export function setUpForm(form, result, onSent) {
  const { to, subject, body, app } = form.elements;
  const drafts = structuredClone(DEFAULTS);
  let channel = 'email';

  const show = () => {
    to.value = drafts[channel].to;
    subject.value = drafts[channel].subject;
    body.value = drafts[channel].body;
    setText(document.getElementById('to-label'), LABELS[channel].to);
    setText(document.getElementById('body-label'), LABELS[channel].body);
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

  const send = async (variant, sender) => {
    sender.disabled = true;
    say(result, '', 'Sending …');
    try {
      const answers = await postJson('/send', {
        channel,
        app: app.value.trim(),
        to: to.value,
        subject: subject.value,
        body: body.value,
        variant,
      });
      const tone = answers.every(({ status }) => status === 202) ? 'good' : 'bad';
      const words = answers.map(
        ({ status, latencyMs }) => `Answered ${status} in ${milliseconds(latencyMs)}.`,
      );
      say(result, tone, words.join(' '));
      onSent(answers.map(({ id }) => id));
    } catch (error) {
      say(result, 'bad', error.message);
    } finally {
      sender.disabled = false;
    }
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send('valid', form.querySelector('button[type=submit]'));
  });
  return { send };
}

function say(result, tone, text) {
  result.dataset.tone = tone;
  setText(result, text);
}

/** Requests that must be refused, each sent by its button. */
export function showRequests(list, send) {
  list.replaceChildren(
    ...REQUESTS.map(([variant, title, note]) => {
      const sender = button('Send', () => send(variant, sender), {
        class: 'small',
        'aria-label': `Send: ${title}`,
      });
      return scenarioItem(title, note, sender);
    }),
  );
}

/** What a provider may do, each started and ended by its button. */
export function showScenarios(list, scenarios, active) {
  const focused = document.activeElement?.dataset.scenario;
  list.replaceChildren(
    ...scenarios.map(({ id, title, note }) => {
      const isActive = id === active;
      const starter = button(isActive ? 'End' : 'Start', () => setScenario(isActive ? null : id), {
        class: 'small',
        'data-scenario': id,
        'aria-label': `${isActive ? 'End' : 'Start'}: ${title}`,
      });
      return scenarioItem(title, note, starter, isActive);
    }),
  );
  if (focused !== undefined) list.querySelector(`[data-scenario=${focused}]`)?.focus();
}

export function setScenario(id) {
  return postJson('/scenario', { id }).catch(() => undefined);
}

function scenarioItem(title, note, action, isActive = false) {
  return element(
    'li',
    { class: isActive ? 'active' : '' },
    element('div', {}, element('strong', {}, title), element('p', { class: 'note' }, note)),
    action,
  );
}
