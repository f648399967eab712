// The same run of Shapes twice: in the page, and by mcc train.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runMcc } from './site.mjs';

/** Starts a run in the page; from here on its long tasks are noted. */
export async function startRun(page, iterations) {
  await page.click('#tab-learn');
  await page.fill('#iterations', String(iterations));
  await page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver(list => globalThis.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: 'longtask',
    });
  });
  await page.click('#train');
}

/** Milliseconds of the longest task since then: the page answers no sooner. */
export const longestTask = page => page.evaluate(() => Math.max(0, ...globalThis.longTasks));

/** What the page's run kept of its iterations. */
export const stepsOf = page =>
  page.evaluate(async () => {
    const run = await (await navigator.storage.getDirectory()).getDirectoryHandle('run');
    return JSON.parse(await (await (await run.getFileHandle('run.json')).getFile()).text()).steps;
  });

/** @returns the log records of the iterations of `mcc train shapes`, one each */
export function trainInNode(folder, iterations) {
  const config = join(folder, 'each.json');
  writeFileSync(config, JSON.stringify({ log: { every: 1 }, evaluation: { before: false, size: 32 } }));
  const out = join(folder, 'run');
  runMcc('train', 'shapes', '--iterations', String(iterations), '--config', config, '--engine', 'wasm', '--out', out);
  const lines = readFileSync(join(out, 'log.jsonl'), 'utf8').trim().split('\n');
  return lines.map(line => JSON.parse(line)).filter(({ kind }) => kind === 'train');
}
