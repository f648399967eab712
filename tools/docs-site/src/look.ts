import { createRequire } from 'node:module';
import { join } from 'node:path';
import { findChromium, type InspectedPage, inspectPage } from '@wsss/fixtures';
import { site } from './folders.js';

/** Pages that stand for all: the first, a guide with code and pictures, a package with output, an API. */
const looked = ['index.html', 'docs/mcc-in-your-model.html', 'packages/crf/index.html', 'packages/mcc/api.html'];

/**
 * Opens pages from disk in headless Chromium, on a desk and on a phone, light and dark; asks axe-core for what hinders people, and types
 * into the search. Pictures of them lie in `.cache/looks`.
 *
 * @returns One line on what was done.
 * @throws Error listing what is wrong.
 */
export async function lookAt(folder: string): Promise<string> {
  if (!findChromium()) return 'No Chromium found: the pages were not looked at. Install it or set CHROMIUM_PATH.';
  const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  const wrong: string[] = [];
  for (const page of looked) {
    const screenshot = (view: string) => join(site, '.cache/looks', `${page.replace(/\W+/g, '-')}-${view}.png`);
    const findings: string[] = [];
    const act = async (opened: Parameters<NonNullable<Parameters<typeof inspectPage>[1]>[number]['act'] & {}>[0]) => {
      await opened.addScriptTag({ path: axe });
      const { violations } = (await opened.evaluate('axe.run({ preload: false })')) as {
        violations: { id: string; impact: string; help: string; nodes: { target: string[] }[] }[];
      };
      for (const { id, impact, help, nodes } of violations)
        if (impact === 'serious' || impact === 'critical')
          findings.push(
            `${id}: ${help}: ${nodes
              .slice(0, 5)
              .map(({ target }) => target.join(' '))
              .join(', ')}`,
          );
      await opened.locator('.page-search input').fill('checkEncoder');
      await opened.locator('.page-search-results a').first().waitFor({ timeout: 5000 });
      const first = (await opened.locator('.page-search-results a').first().getAttribute('href')) ?? '';
      if (!first.includes('packages/mcc/')) findings.push(`the search for checkEncoder finds ${first} first`);
      await opened.locator('.page-search input').fill('');
    };
    const seen: InspectedPage[] = await inspectPage(join(folder, page), [
      { width: 1280, height: 900, colors: 'light', screenshot: screenshot('light'), act },
      { width: 390, height: 844, colors: 'dark', screenshot: screenshot('phone'), act },
    ]);
    for (const { errors, brokenImages, overflowing } of seen)
      findings.push(...errors, ...brokenImages, ...overflowing.map(what => `${what} is too wide`));
    wrong.push(...findings.map(finding => `${page}: ${finding}`));
  }
  if (wrong.length) throw new Error(`${wrong.length} findings on pages in Chromium:\n${wrong.join('\n')}`);
  return `${looked.length} pages looked at in Chromium, from disk: nothing serious for axe-core, and the search finds`;
}
