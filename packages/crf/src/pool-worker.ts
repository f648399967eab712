// Entry of a worker of DenseCrfPool: one image after another on an engine of its own.
import { ownPort } from '@wsss/wasm-runtime';
import { applyCrf } from './apply-crf.js';
import { LatticeEngine } from './lattice-engine.js';
import type { PoolAnswer, PoolTask } from './pool.js';

const port = ownPort();
let engine: LatticeEngine;
port.listen(async message => {
  const task = message as PoolTask;
  let answer: PoolAnswer;
  try {
    if ('compiled' in task) {
      engine = await LatticeEngine.instantiate(task.compiled);
      answer = { ready: true };
    } else {
      answer = { refined: applyCrf(engine, task.image, task.settings) };
    }
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  port.postMessage(answer, 'refined' in answer ? [answer.refined.probabilities.buffer, answer.refined.labels.buffer] : []);
});
