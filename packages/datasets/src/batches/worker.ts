import { serveJobs } from '../threads/threads.js';
import { augment } from './augmenters.js';

// A thread of `startAugmenters`: pictures and drawn parameters come in, views go out, their memory handed over without a copy.
serveJobs(augment, ({ view1, view2, local }) => [...new Set([view1, view2, local].map(view => view.data.buffer as ArrayBuffer))]);
