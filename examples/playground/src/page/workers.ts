import { type Remote, wrap } from 'comlink';
import type { Compute } from '../worker/compute.js';
import type { CrfWorker } from '../worker/crf.js';

/** The worker that computes, and the one of the CRF, which is started when it is first asked for. */
export const compute: Remote<Compute> = wrap<Compute>(new Worker(new URL('../worker/compute.ts', import.meta.url), { type: 'module' }));

let crf: Remote<CrfWorker> | undefined;

export const crfWorker = (): Remote<CrfWorker> =>
  (crf ??= wrap<CrfWorker>(new Worker(new URL('../worker/crf.ts', import.meta.url), { type: 'module' })));
