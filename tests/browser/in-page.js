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
  // The radio buttons are drawn by the element beside them.
  const drawn = element.matches('.segmented input') ? element.nextElementSibling : element;
  const { outlineStyle, outlineWidth } = getComputedStyle(drawn);
  const name = element.id || element.textContent.trim().slice(0, 40) || element.tagName;
  return { name, isVisible: outlineStyle !== 'none' && outlineWidth !== '0px' };
};

globalThis.closeEntries = () => {
  for (const entry of document.querySelectorAll('#entries details')) entry.open = false;
};

globalThis.openEverything = () => {
  for (const details of document.querySelectorAll('details')) details.open = true;
};

globalThis.reloadFrames = () => {
  for (const frame of document.querySelectorAll('iframe')) frame.src = frame.getAttribute('src');
};
