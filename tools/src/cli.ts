import { runProgram } from '@wsss/files';
import { createProgram } from './program.js';

// Runs `mcc bench` and `mcc parity`. Errors become one line and exit code 1.
const program = createProgram();
await runProgram(
  'mcc',
  () => program.parseAsync(process.argv),
  () => program.opts().traceErrors,
);
