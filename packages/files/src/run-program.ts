import { guardScreens } from './screens.js';
import { describeError } from './system-errors.js';

/**
 * Runs a program whose screens are not essential, see {@link guardScreens}. An error becomes its message on standard error, behind the
 * program's name, and exit code 1.
 *
 * @param isTraced whether the place in the program where an error arose is to be shown, too.
 */
export async function runProgram(name: string, work: () => Promise<unknown>, isTraced: () => boolean = () => false): Promise<void> {
  const restore = guardScreens(name);
  try {
    await work();
  } catch (error) {
    process.stderr.write(`${name}: ${isTraced() && error instanceof Error ? error.stack : describeError(error)}\n`);
    process.exitCode = 1;
  } finally {
    restore();
  }
}
