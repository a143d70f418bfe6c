import type { Page } from 'playwright-core';

/** The width of what can be scrolled to, in CSS pixels. */
export function widest(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth');
}

/** The least width of the boxes that a selector finds, in CSS pixels. */
export function narrowest(page: Page, selector: string): Promise<number> {
  return page.evaluate<number>(
    `Math.min(...[...document.querySelectorAll('${selector}')].map((one) => one.getBoundingClientRect().width))`,
  );
}

/**
 * Measures each text that is visible against the ground that it stands on, by WCAG 2.2 (relative luminance, contrast ratio).
 * A ground that is not opaque counts as a fault. Gives how many texts there were, and those with less than `least`.
 */
export async function faintTexts(page: Page, least: number): Promise<{ measured: number; faint: string[] }> {
  return page.evaluate<{ measured: number; faint: string[] }>(`(${MEASURE})(${least})`);
}

const MEASURE = `(least) => {
  const rgb = (colour) => {
    const [, r, g, b, a = '1'] = /^rgba?\\((\\d+), (\\d+), (\\d+)(?:, ([\\d.]+))?\\)$/.exec(colour) ?? [];
    if (r === undefined) throw new Error('unknown colour ' + colour);
    return { parts: [r, g, b].map(Number), alpha: Number(a) };
  };
  const luminance = (parts) => {
    const [r, g, b] = parts.map((part) => part / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const ground = rgb(getComputedStyle(at).backgroundColor);
      if (ground.alpha === 1) return ground.parts;
      if (ground.alpha !== 0) throw new Error('a ground that is half transparent');
    }
    throw new Error('no ground');
  };
  const faint = [];
  let measured = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text !== null; text = walker.nextNode()) {
    const element = text.parentElement;
    if (text.data.trim() === '' || ['SCRIPT', 'OPTION'].includes(element.tagName) || !element.checkVisibility()) continue;
    const ink = rgb(getComputedStyle(element).color);
    const [light, dark] = [luminance(ink.parts), luminance(groundOf(element))].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    measured += 1;
    if (ink.alpha !== 1 || contrast < least) faint.push(contrast.toFixed(2) + ' ' + element.className + ' ' + text.data.slice(0, 40));
  }
  return { measured, faint };
}`;
