import assert from 'node:assert/strict';
import { join } from 'node:path';
import { longestTask, startRun, stepsOf, trainInNode } from './same-run.mjs';
import { downloadOf, idle, openPlayground, ready, runMcc } from './site.mjs';

const iterations = 30;

/** Learn: the losses of `mcc train`, also when paused, reloaded and gone on with; `mcc eval` reads the checkpoint; the page answers. */
export async function checkLearn(where) {
  const { folder } = where;
  const { page, errors, close } = await openPlayground(where);
  try {
    await startRun(page, iterations);
    await page.waitForFunction(() => Number(document.documentElement.dataset.saved ?? 0) >= 10, undefined, { timeout: 120_000 });
    const longest = await longestTask(page);
    await page.click('#pause');
    await idle(page);
    assert.match(await page.textContent('#run-state'), /^Paused after \d+ of 30 iterations/);
    await page.reload();
    await ready(page);
    await page.click('#tab-learn');
    assert.match(await page.textContent('#run-state'), /^A run was stopped after \d+ of 30 iterations\. It can go on\.$/);
    await page.click('#go-on');
    await page.waitForFunction(() => document.documentElement.dataset.run === 'running');
    await idle(page);
    assert.match(await page.textContent('#run-state'), /^Finished: 30 iterations/);
    assert.ok(await page.$('#previews canvas'), 'previews were drawn');
    const steps = await stepsOf(page);
    await page.click('#tab-home');
    const checkpoint = join(folder, 'checkpoint.safetensors');
    assert.equal(await downloadOf(page, '#home-checkpoint', checkpoint), 'checkpoint.safetensors');
    await downloadOf(page, '#home-recipe', join(folder, 'recipe.json'));
    assert.deepEqual(errors, []);

    const evaluated = JSON.parse(
      runMcc('eval', 'shapes', '--checkpoint', checkpoint, '--engine', 'wasm', '--out', join(folder, 'scores'), '--json'),
    );
    const difference = compare(steps, trainInNode(folder, iterations));
    assert.ok(difference <= 1e-5, `losses differ from Node's by ${difference}`);
    const results = Object.keys(evaluated).length;
    const told = `30 iterations differ from Node's by ${difference.toExponential(1)}, longest task ${longest.toFixed(0)} ms`;
    return `${told}, mcc eval reads ${results} results`;
  } finally {
    await close();
  }
}

/** The largest difference of a loss, as a share of it. */
function compare(steps, expected) {
  assert.deepEqual(
    steps.map(({ done }) => done),
    expected.map((_, i) => i + 1),
  );
  const differences = steps.flatMap(({ losses }, i) =>
    ['total', 'classification', 'auxiliary', 'affinity', 'contrast', 'segmentation'].flatMap(name =>
      losses[name] === undefined
        ? []
        : [Math.abs(losses[name] - expected[i].values[name]) / Math.max(1e-3, Math.abs(expected[i].values[name]))],
    ),
  );
  return Math.max(...differences);
}
