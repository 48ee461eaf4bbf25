import { button, copyButton, element, getJson, setText, tabs } from './dom.js';

/** A message as its recipient sees it, as text, and as it came over the wire. */
export function messageView(message) {
  const { id, to, channel, hasHtml, text } = message;
  if (channel === 'sms') {
    return tabs(`SMS to ${to}`, [
      ['Message', () => smsView(message)],
      ['Source', () => sourceView(id)],
    ]);
  }
  return tabs(`Email to ${to}`, [
    ...(hasHtml ? [['Message', () => previewView(message)]] : []),
    ['Text', () => textView(text ?? 'This message has no text part.', 'Text part')],
    ['Source', () => sourceView(id)],
  ]);
}

/** The mail in a frame in which nothing runs, loads or leads elsewhere, as high as the mail is. */
function previewView({ id, to }) {
  const frame = element('iframe', {
    sandbox: 'allow-same-origin',
    title: `Email to ${to} as it looks to its recipient`,
    referrerpolicy: 'no-referrer',
  });
  const paper = element('div', { class: 'paper' }, frame);
  const note = element('p', { class: 'note', hidden: '' });
  const fit = () => {
    const { body, documentElement } = frame.contentDocument ?? {};
    if (!body) return;
    // A body that is as high as its window would never shrink.
    frame.style.height = '0';
    frame.style.height = `${Math.max(body.scrollHeight, documentElement.scrollHeight, 60)}px`;
  };
  frame.addEventListener('load', () => {
    fit();
    const images = [...(frame.contentDocument?.images ?? [])];
    const blocked = images.filter(({ src, srcset }) => srcset || /^https?:/.test(src)).length;
    note.hidden = blocked === 0;
    setText(
      note,
      blocked === 1
        ? 'One image is not shown: the preview loads nothing from elsewhere. Your recipients will see it.'
        : `${blocked} images are not shown: the preview loads nothing from elsewhere. Your recipients will see them.`,
    );
  });
  let width = 0;
  new ResizeObserver(() => {
    if (frame.clientWidth === width) return;
    width = frame.clientWidth;
    fit();
  }).observe(frame);

  let isDark = false;
  const show = () => {
    paper.dataset.scheme = isDark ? 'dark' : 'light';
    frame.src = `/messages/html/${id}${isDark ? '?dark' : ''}`;
  };
  show();
  return element(
    'div',
    {},
    element(
      'div',
      { class: 'toggles' },
      toggle('Phone width', (isOn) => paper.classList.toggle('phone', isOn)),
      toggle('Dark', (isOn) => {
        isDark = isOn;
        show();
      }),
    ),
    note,
    paper,
  );
}

function toggle(text, onChange) {
  const node = button(
    text,
    () => {
      const isOn = node.getAttribute('aria-pressed') !== 'true';
      node.setAttribute('aria-pressed', String(isOn));
      onChange(isOn);
    },
    { 'aria-pressed': 'false', class: 'small' },
  );
  return node;
}

function smsView({ text = '', encoding, segments, units }) {
  const air = [
    encoding,
    `${segments} ${segments === 1 ? 'segment' : 'segments'}`,
    `${units} ${encoding === 'GSM-7' ? 'septets' : 'code units'}`,
    `billed as ${segments} SMS`,
  ];
  return element(
    'div',
    {},
    element('p', { class: 'bubble', dir: 'auto' }, text),
    element(
      'ul',
      { class: 'air', 'aria-label': 'Over the air' },
      ...air.map((fact) => element('li', {}, fact)),
    ),
  );
}

function sourceView(id) {
  const view = textView('Loading …', 'Decoded source');
  const root = element('div', {}, view);
  getJson(`/messages/${id}`).then(
    ({ raw, decoded }) => {
      setText(view, decoded);
      root.prepend(
        element(
          'div',
          { class: 'toggles' },
          toggle('As it came over the wire', (isRaw) => setText(view, isRaw ? raw : decoded)),
          copyButton('Copy', () => view.textContent, { class: 'small' }),
        ),
      );
    },
    () => setText(view, 'It could not be fetched.'),
  );
  return root;
}

export function textView(text, label) {
  return element(
    'pre',
    { class: 'text', tabindex: '0', role: 'region', 'aria-label': label, dir: 'auto' },
    text,
  );
}
