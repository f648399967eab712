import { serveJobs } from '../threads/threads';
import { writeMask } from './mask-job';

// A thread of `writeCocoMasks`.
serveJobs(writeMask);
