import { countSegments } from '../../../lib/sms/segments.js';

// Expected figures worked out by hand from 3GPP TS 23.038 and TS 23.040.
test.each([
  ['nothing', '', 'GSM-7', 1, 0],
  ['160 septets', 'a'.repeat(160), 'GSM-7', 1, 160],
  ['161 septets', 'a'.repeat(161), 'GSM-7', 2, 161],
  ['two full parts', 'a'.repeat(306), 'GSM-7', 2, 306],
  ['one more', 'a'.repeat(307), 'GSM-7', 3, 307],
  ['the longest text for SNS', 'a'.repeat(1530), 'GSM-7', 10, 1530],
  ['accents and Greek of the basic table', 'èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ', 'GSM-7', 1, 24],
  ['a euro sign takes two septets', '€', 'GSM-7', 1, 2],
  ['80 extended characters fill one part', '{'.repeat(80), 'GSM-7', 1, 160],
  ['81 do not', '{'.repeat(81), 'GSM-7', 2, 162],
  ['an escape is not split from what it escapes', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 'GSM-7', 3, 306],
  ['70 code units', 'ж'.repeat(70), 'UCS-2', 1, 70],
  ['71 code units', 'ж'.repeat(71), 'UCS-2', 2, 71],
  ['two full parts of 67', 'ж'.repeat(134), 'UCS-2', 2, 134],
  ['one more', 'ж'.repeat(135), 'UCS-2', 3, 135],
  ['one foreign character changes all', `${'a'.repeat(70)}–`, 'UCS-2', 2, 71],
  ['an emoji takes two code units', '🔑', 'UCS-2', 1, 2],
  ['a surrogate pair is not split', `${'ж'.repeat(66)}🔑${'ж'.repeat(66)}`, 'UCS-2', 3, 134],
  ['no cedilla in small letters', 'ç', 'UCS-2', 1, 1],
])('%s', (_, text, encoding, segments, units) => {
  expect(countSegments(text)).toEqual({ encoding, segments, units });
});
