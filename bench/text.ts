/** The worst cost of the text part, for the largest body: `npm run bench:text`. Fails above 50 ms of CPU time. */
import { toPlainText } from '../lib/email/plain-text.js';
import { MAX_BODY_BYTES } from '../lib/ownid/request.js';

const LIMIT_MS = 50;
const PARTS = [
  ...[
    'word ',
    '<',
    '&',
    '&amp;',
    '&copy',
    '&nbsp;',
    '\u200c\u200cx',
    ' a',
    '<br>',
    '<br> ',
    '<div>',
    '</div>',
    '<p>x</p>',
  ],
  ...[
    '<ul><li>',
    '<ol><li>',
    '<a href=/x>y</a>',
    '<a href=/x><br>',
    '<img alt=y>',
    '<table><tr><td>1',
    '<pre> x',
    '<!-->',
    '<?',
  ],
  ...[
    '<div hidden>',
    '<p hidden>x',
    '<b style="font-size:0">x<i>',
    '<style>.a{display:none}</style>',
    '<title>x</title>',
  ],
];

let worst = 0;
for (const part of PARTS) {
  const html = part.repeat(MAX_BODY_BYTES / part.length);
  const costs = [1, 2, 3, 4, 5].map(() => {
    const start = process.cpuUsage();
    toPlainText(html);
    return process.cpuUsage(start).user / 1000;
  });
  const cost = Math.min(...costs);
  worst = Math.max(worst, cost);
  console.log(`${cost.toFixed(1).padStart(6)} ms  ${JSON.stringify(part)}`);
}
if (worst > LIMIT_MS) process.exitCode = 1;
