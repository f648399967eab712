import { constants } from 'node:os';
import type { TextStream } from './progress.js';

export interface InterruptionOptions {
  /** Default: SIGINT (Ctrl-C), SIGTERM, and SIGHUP (the terminal was closed). */
  signals?: readonly NodeJS.Signals[];
  /** Where people are told what happens. Default: `process.stderr`. */
  stream?: TextStream;
  /** What the signals come from. Default: this process. */
  source?: Pick<NodeJS.EventEmitter, 'on' | 'off'>;
  /** What goes on after the first signal, for people. Default: 'finishing this iteration, then saving and stopping'. */
  doing?: string;
  /** Ends the process. Default: `process.exit`. */
  exit?: (code: number) => void;
}

/**
 * Makes Ctrl-C polite: the first signal aborts `signal`, on which a training loop finishes its iteration, saves and stops; the second
 * one ends the process at once with the usual code (128 + the signal's number), even in the middle of a long computation.
 *
 * @returns the signal to hand to `runTraining`, whose `reason` is the name of what was caught, and `release`, which restores the usual
 *   meaning of the signals.
 *
 * @example
 * const interruption = catchInterruption();
 * const { ended } = await runTraining({ iterations: 20_000, step, signal: interruption.signal });
 * interruption.release();
 */
export function catchInterruption(options: InterruptionOptions = {}): { signal: AbortSignal; release: () => void } {
  const {
    signals = ['SIGINT', 'SIGTERM', 'SIGHUP'],
    stream = process.stderr,
    source = process,
    exit = code => process.exit(code),
  } = options;
  const { doing = 'finishing this iteration, then saving and stopping' } = options;
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      exit(signalExitCode(name));
      return;
    }
    stream.write(`\n${name}: ${doing}. Once more to stop at once without saving.\n`);
    controller.abort(name);
    // From now on the system itself ends the process: a handler would have to wait until the computation under way has ended. Signals
    // that have come already still reach the handler, before the next turn of the event loop.
    setImmediate(release).unref();
  };
  for (const name of signals) source.on(name, onSignal);
  const release = () => {
    for (const name of signals) source.off(name, onSignal);
  };
  return { signal: controller.signal, release };
}

/** The exit code of a process that a signal ended: 128 + its number, 130 for SIGINT, 143 for SIGTERM. */
export function signalExitCode(name: NodeJS.Signals): number {
  return 128 + constants.signals[name];
}
