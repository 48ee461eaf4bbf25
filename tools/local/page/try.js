import { button, element, postJson } from './dom.js';

/**
 * Sends the form's message through a provider that is real, and shows its reply in words. Whether one is real is said
 * where `npm start` is run, not here.
 *
 * @param place gets a button for each of them, or else how they are made real.
 * @param result shows the reply.
 */
export function setUpTry(form, place, result) {
  let providers = [];

  const draw = () => {
    const { channel } = form.elements;
    const inUse = providers.filter(({ channels }) => channels.includes(channel.value));
    const real = inUse.filter((provider) => provider.real !== undefined);
    const names = inUse.map(({ name }) => name).join(',');
    place.replaceChildren(
      ...real.map((provider) => tryButton(provider)),
      element(
        'p',
        { class: 'note' },
        ...(real.length > 0
          ? ['Sends this for real, and shows what the provider says.']
          : [
              'Played here, nothing is sent. For real: ',
              element('code', {}, `npm start -- --real ${names}`),
            ]),
      ),
    );
    place.hidden = inUse.length === 0;
  };

  const tryButton = ({ name, label }) => {
    const sender = button(`Try ${label}`, async () => {
      sender.disabled = true;
      say('', `${label} is asked …`);
      try {
        const { channel, app, to, subject, body } = form.elements;
        const [{ isAccepted, lines }] = await postJson('/try', {
          channel: channel.value,
          app: app.value.trim(),
          to: to.value,
          subject: subject.value,
          body: body.value,
          variant: 'valid',
          provider: name,
        });
        say(
          isAccepted ? 'good' : 'bad',
          ...lines.map(({ kind, text }) => element('span', { class: kind }, text)),
        );
      } catch (error) {
        say('bad', error.message);
      } finally {
        sender.disabled = false;
      }
    });
    return sender;
  };

  const say = (tone, ...words) => {
    result.dataset.tone = tone;
    result.replaceChildren(...words);
  };

  form.addEventListener('change', ({ target }) => {
    // A text field changes when a click takes the focus from it: a new button would miss that click.
    if (target.name === 'channel') draw();
  });
  return {
    show: (next) => {
      providers = next;
      draw();
    },
  };
}
