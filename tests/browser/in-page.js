// Runs in the page, before its own scripts; the checks call these by name.

/**
 * Names the visible texts whose contrast with what is behind them is below 4.5, the limit of WCAG 2.2 (success
 * criterion 1.4.3, level AA).
 */
globalThis.contrastFaults = () => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const parse = (text) => {
    // The canvas understands every notation of CSS.
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return { rgb: [red, green, blue], alpha: alpha / 255 };
  };
  const over = ({ rgb, alpha }, behind) =>
    rgb.map((value, index) => value * alpha + behind[index] * (1 - alpha));
  const backgroundOf = (element) => {
    if (element === null) return [255, 255, 255];
    return over(parse(getComputedStyle(element).backgroundColor), backgroundOf(element.parentElement));
  };
  const luminance = (rgb) => {
    const [red, green, blue] = rgb
      .map((value) => value / 255)
      .map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  const faults = [];
  let count = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent.trim();
    if (text === '' || element.closest('option, .hidden') !== null || !element.checkVisibility()) continue;
    count++;
    const background = backgroundOf(element);
    const [dark, light] = [over(parse(getComputedStyle(element).color), background), background]
      .map(luminance)
      .sort((a, b) => a - b);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) faults.push(`${ratio.toFixed(2)}: ${text.slice(0, 40)}`);
  }
  return { count, faults };
};

/** The focused element's name, and whether an outline shows that it is focused. */
globalThis.focusedElement = () => {
  const element = document.activeElement;
  // The radio buttons are drawn by the element beside them, a row's link by what covers the row.
  const drawn = element.matches('.segmented input') ? element.nextElementSibling : element;
  const { outlineStyle, outlineWidth } = getComputedStyle(
    drawn,
    element.matches('.row a') ? '::after' : null,
  );
  const name = element.id || element.textContent.trim().slice(0, 40) || element.tagName;
  return { name, isVisible: outlineStyle !== 'none' && outlineWidth !== '0px' };
};

/**
 * What a person could not read: texts that are cut off, have no room, lie outside of the page or over one another, and a
 * page that has to be moved sideways.
 */
globalThis.layoutFaults = () => {
  const faults = [];
  if (document.documentElement.scrollWidth > innerWidth) faults.push('the page is wider than the window');
  const name = (element) =>
    `${element.className || element.tagName}: ${element.textContent.trim().slice(0, 30)}`;
  const seen = [];
  let count = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (
      node.textContent.trim() === '' ||
      element.closest('option, .hidden, .skip, pre') ||
      !element.checkVisibility()
    )
      continue;
    count++;
    const range = document.createRange();
    range.selectNodeContents(node);
    // A long subject is cut after two lines in a row: what is beyond that is not seen.
    const bottom = element.closest('.row h3')?.getBoundingClientRect().bottom ?? Infinity;
    const boxes = [...range.getClientRects()].filter(
      (box) => box.width > 0 && box.height > 0 && box.top < bottom - 3,
    );
    if (boxes.length === 0) faults.push(`no room for ${name(element)}`);
    for (const { left, right } of boxes) {
      if (left < -1 || right > innerWidth + 1) faults.push(`beside the page: ${name(element)}`);
    }
    const clipped = element.closest('[data-title], button, .pill, .where, .to, .code, .reason, label');
    if (clipped !== null && clipped.scrollWidth > clipped.clientWidth + 1 && clipped.clientWidth > 0)
      faults.push(`cut off: ${name(clipped)}`);
    const row = element.closest('.row, .top, .scenarios li, .actions, .bar');
    if (row !== null) boxes.forEach((box) => seen.push({ row, element, box }));
  }
  for (const [index, one] of seen.entries()) {
    for (const other of seen.slice(index + 1)) {
      if (other.row !== one.row || other.element === one.element) continue;
      const x = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const y = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (x > 1 && y > 3) faults.push(`${name(one.element)} lies over ${name(other.element)}`);
    }
  }
  return { count, faults };
};

/** How much of a mail its preview cuts off, in pixels. */
globalThis.hiddenPreviewHeight = () => {
  const frame = document.querySelector('#detail iframe');
  return frame.contentDocument.documentElement.scrollHeight - frame.clientHeight;
};
