// What a page owes to everybody, by axe-core and by the width of a small telephone.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const RULES = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
/** Those whose answer depends on colours. */
const RULES_OF_COLOUR = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };
const SIZES = [{ width: 1280, height: 900 }, { width: 375, height: 800 }];
const NARROW = { width: 320, height: 800 };

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Looks at pages one after another and gathers what is wrong with them, so that one run tells all. */
export class Inspection {
  #faults = [];
  #count = 0;

  /** Looks at the page that the visitor has open, in light and dark, wide and narrow. */
  async look(name, visitor) {
    const { page } = visitor;
    this.#count += 1;
    // The page came with scripting off. axe needs timers, so they may run now that the page is there.
    await visitor.scripting(true);
    await page.evaluate(axe);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      for (const size of SIZES) {
        await page.setViewportSize(size);
        // The scheme changes colours alone.
        const rules = colorScheme === 'light' ? RULES : RULES_OF_COLOUR;
        for (const violation of await page.evaluate(violations, rules)) this.#note(`${name}, ${colorScheme}, ${size.width} px`, violation);
      }
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(NARROW);
    for (const overflow of await page.evaluate(overflows)) this.#note(`${name}, ${NARROW.width} px`, overflow);
    await page.setViewportSize(SIZES[0]);
    await visitor.scripting(false);
  }

  /** Fails with all that was found. */
  conclude() {
    if (this.#faults.length > 0) throw new Error(`${this.#faults.length} faults on ${this.#count} pages:\n${this.#faults.join('\n')}`);
  }

  #note(where, fault) {
    this.#faults.push(`${where}: ${fault}`);
  }
}

/** In the page. */
async function violations(runOnly) {
  // axe leaves this one of WCAG 2.2 out unless it is asked for.
  const rules = runOnly.type === 'tag' ? { 'target-size': { enabled: true } } : {};
  const options = { runOnly, rules, resultTypes: ['violations'], iframes: false };
  const found = await window.axe.run(document, options);
  const tell = ({ target, html, failureSummary }) => `  ${target.join(' ')}\n  ${html}\n  ${failureSummary.replace(/\n\s*/g, ' ')}`;
  return found.violations.map(({ id, help, nodes }) => [`${id}: ${help}`, ...nodes.slice(0, 5).map(tell)].join('\n'));
}

/** In the page: whether it has to be moved sideways, and for the sake of what. */
function overflows() {
  const { scrollWidth, clientWidth } = document.scrollingElement;
  if (scrollWidth <= clientWidth) return [];
  // What a box on the way up scrolls or cuts off is not at fault, unless it is positioned by something further out.
  const isHeld = (element) => {
    const isFree = getComputedStyle(element).position === 'absolute';
    for (let box = element.parentElement; box; box = box.parentElement) {
      const { overflowX, position } = getComputedStyle(box);
      if (overflowX !== 'visible' && !(isFree && position === 'static')) return true;
    }
    return false;
  };
  const isWide = (element) => element.getBoundingClientRect().right > clientWidth;
  const guilty = [...document.body.querySelectorAll('*')].filter((element) => isWide(element) && !isHeld(element));
  return [`${scrollWidth} px wide for the sake of\n  ${guilty.slice(0, 5).map((element) => element.cloneNode().outerHTML).join('\n  ')}`];
}
