/** Finds the one-time passcode in a message's text. */

// Digits, perhaps in two or three groups, or capitals with digits among them; no part of a longer word, number or link.
const CANDIDATE =
  /(?<![\w@/.,+$€£#&=-])(?:\d{4,10}|\d{3}[ -]\d{3,4}|\d{2}[ -]\d{2}[ -]\d{2}|(?=[A-Z-]*\d)[A-Z0-9]{1,3}-[A-Z0-9]{3,8}|(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{4,10})(?![\w@/+$€£%-]|[.,]\d)/g;
const WORD =
  /code|passcode|otp|pin\b|password|verif|sign.?in|log.?in|kod|код|código|codice|código|验证码|コード|인증/i;
const NEAR = 80;

/** @returns the passcode, or undefined where nothing looks like one. */
export function findCode(text = '', subject = '') {
  const candidates = [...scored(text, 0), ...scored(subject, -1)];
  candidates.sort((a, b) => b.score - a.score);
  return candidates[0]?.score > 0 ? candidates[0].code : undefined;
}

function scored(text, start) {
  return [...text.matchAll(CANDIDATE)].map((match) => {
    const [code] = match;
    const before = text.slice(Math.max(0, match.index - NEAR), match.index);
    const line = text.slice(text.lastIndexOf('\n', match.index) + 1).split('\n', 1)[0];
    const digits = code.replace(/\D/g, '').length;
    const isYear = /^(?:19|20)\d\d$/.test(code);
    const score =
      start +
      (WORD.test(before) ? 4 : 0) +
      (WORD.test(text.slice(match.index, match.index + NEAR)) ? 1 : 0) +
      (line.trim() === code ? 3 : 0) +
      (digits >= 4 && digits <= 8 ? 1 : 0) -
      (isYear && /©|\(c\)|copyright/i.test(before) ? 6 : 0) -
      (isYear ? 1 : 0);
    return { code, score };
  });
}
