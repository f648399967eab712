// Pictures of the playground's states, on a desk and on a phone, to be looked at.
//
// usage: node tools/scripts/playground-shots.mjs FOLDER
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { idle, openPlayground, startSite } from './playground/site.mjs';

const [folder = 'shots'] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const executablePath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(path => path && existsSync(path));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const site = await startSite();
const views = {
  desk: { size: { width: 1280, height: 900 }, colors: 'light' },
  phone: { size: { width: 390, height: 844 }, colors: 'dark' },
};
try {
  for (const [name, view] of Object.entries(views)) {
    const { page, close } = await openPlayground({ browser, site }, view);
    const shot = state => page.screenshot({ path: join(folder, `${name}-${state}.png`), fullPage: true });
    await page.waitForFunction(() => document.querySelectorAll('#views figure').length > 0);
    await shot('look');
    await page.check('input[name="show"][value="affinity"]');
    await page.click('#crf summary');
    await shot('affinity');
    await page.click('#tab-learn');
    await page.fill('#iterations', '6');
    await page.click('#train');
    await page.waitForFunction(() => document.documentElement.dataset.run === 'running');
    await idle(page);
    await shot('finished');
    await page.check('input[name="source"][value="own"]');
    await page.fill('#class-name', 'cat');
    await page.click('#class-add');
    await page.click('#train');
    await page.waitForFunction(() => !document.getElementById('message').hidden);
    await shot('error');
    await page.click('#tab-home');
    await shot('home');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    if (wide) process.stdout.write(`${name}: the page is wider than its window\n`);
    await close();
  }
} finally {
  await browser.close();
  await site.close();
}
