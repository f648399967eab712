import { serveJobs } from '../threads/threads.js';
import { writeMask } from './mask-job.js';

// A thread of `writeCocoMasks`.
serveJobs(writeMask);
