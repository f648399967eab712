// Entry of a worker of DenseCrfPool: one image after another on an engine of its own.
import { LatticeEngine } from './lattice-engine.js';
import type { PoolAnswer, PoolTask } from './pool.js';
import { refineProbabilities } from './refine.js';
import { ownPort } from './worker-start.js';

const port = await ownPort();
const engine = await LatticeEngine.start();
port.listen(message => {
  const { image, settings } = message as PoolTask;
  try {
    const refined = refineProbabilities(engine, image, settings);
    const answer: PoolAnswer = { refined };
    port.postMessage(answer, [refined.probabilities.buffer, refined.labels.buffer]);
  } catch (error) {
    const answer: PoolAnswer = { error: error instanceof Error ? error.message : String(error) };
    port.postMessage(answer);
  }
});
const ready: PoolAnswer = { ready: true };
port.postMessage(ready);
