import { applyCrf, type CrfImage, type CrfSettings, LatticeEngine } from '@wsss/crf';
import { expose } from 'comlink';

let starting: Promise<LatticeEngine> | undefined;
let image: CrfImage | undefined;

/** A dense CRF beside the network, so that its sliders answer while the network computes. */
const crf = {
  setImage(wanted: CrfImage): void {
    image = wanted;
  },

  /** Labels of the image [height, width], and the milliseconds that they took. */
  async refine(settings: CrfSettings): Promise<{ labels: Int32Array; milliseconds: number }> {
    if (!image) throw new Error('There is no picture to refine.');
    const threads = globalThis.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency ?? 1) : 1;
    starting ??= LatticeEngine.start({ threads });
    const engine = await starting;
    const begun = performance.now();
    const { labels } = applyCrf(engine, image, settings);
    return { labels, milliseconds: performance.now() - begun };
  },
};

export type CrfWorker = typeof crf;

expose(crf);
