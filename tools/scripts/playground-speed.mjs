// Measures iterations of `mcc train shapes` in the playground and in Node, on wasm with the same threads, taking turns in one run.
//
// usage: node tools/scripts/playground-speed.mjs [ITERATIONS] [ROUNDS]   default 12 iterations, 3 rounds
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { longestTask, startRun, stepsOf, trainInNode } from './playground/same-run.mjs';
import { idle, openPlayground, startSite, temporaryFolder } from './playground/site.mjs';

const [iterations = 12, rounds = 3] = process.argv.slice(2).map(Number);
const executablePath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(path => path && existsSync(path));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const site = await startSite();
/** What runs in the page, with its threads; Node has as many. */
let engine = '';
/** Milliseconds of the longest task of the page while it trains: it answers no sooner. */
let longest = 0;
const median = values => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
/** The first iterations compile; those after segmentation has joined the loss are what most of a run is. */
const settled = seconds => seconds.slice(Math.ceil(seconds.length / 3));

async function inPage() {
  const { page, close } = await openPlayground({ browser, site });
  engine = await page.textContent('#engine-state');
  await startRun(page, iterations);
  await page.waitForFunction(() => document.documentElement.dataset.run === 'running');
  await idle(page);
  const seconds = (await stepsOf(page)).map(step => step.seconds);
  longest = Math.max(longest, await longestTask(page));
  await close();
  return median(settled(seconds));
}

function inNode() {
  const folder = temporaryFolder();
  const times = trainInNode(folder.path, iterations).map(({ time }) => Date.parse(time) / 1000);
  folder.remove();
  return median(settled(times.slice(1).map((time, i) => time - times[i])));
}

try {
  const found = { page: [], node: [] };
  for (let round = 0; round < rounds; round++) {
    // Whoever is first in a round is second in the next: what else runs on the machine troubles both.
    for (const side of round % 2 ? ['node', 'page'] : ['page', 'node']) found[side].push(side === 'page' ? await inPage() : inNode());
    process.stdout.write(
      `round ${round + 1}: page ${found.page.at(-1).toFixed(3)} s, Node ${found.node.at(-1).toFixed(3)} s an iteration\n`,
    );
  }
  const [page, node] = [median(found.page), median(found.node)];
  process.stdout.write(
    `${engine}: page ${page.toFixed(3)} s, Node ${node.toFixed(3)} s: ${(page / node).toFixed(2)} times; ` +
      `the longest task of the page took ${longest.toFixed(0)} ms\n`,
  );
} finally {
  await browser.close();
  await site.close();
}
