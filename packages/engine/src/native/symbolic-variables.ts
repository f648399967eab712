import type { DataId, Tensor, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Output } from './c-api.js';
import type { Recording } from './recording.js';
import type { NativeBackend } from './running.js';

/**
 * While a recording is on, every variable holds a symbol of its own in place of its value, also where two variables share one value, as
 * copies do until they are assigned to. So each is read anew in every call, and what was assigned shows.
 */
export class SymbolicVariables {
  /** The variables that the recording has used, and the arguments that stand for them. */
  readonly reads: { variable: Variable; output: Output }[] = [];
  private readonly entries: { variable: Variable; saved: Tensor; symbol: DataId }[] = [];
  private readonly names: Set<string>;

  constructor(backend: NativeBackend, recording: Recording) {
    const variables = Object.values(tf.engine().registeredVariables);
    this.names = new Set(variables.map(variable => variable.name));
    for (const variable of variables) {
      const saved = tf.clone(variable);
      const argument = recording.argument(variable.shape, backend.getDTypeInteger(variable.dtype), output =>
        this.reads.push({ variable, output }),
      );
      const symbol = backend.createOutputTensor(argument);
      variable.assign(symbol);
      symbol.dispose();
      this.entries.push({ variable, saved, symbol: variable.dataId });
    }
  }

  /** The variables that were assigned. @throws if others than the allowed ones were, or if variables were created or disposed of */
  assigned(allowed: Variable[] | undefined): Variable[] {
    const created = this.created().map(variable => variable.name);
    if (created.length > 0)
      throw new Error(
        `trace: variables were created inside (${created.join(', ')}). Run the function once before tracing it, so that they exist`,
      );
    const gone = this.entries.find(({ variable }) => variable.isDisposed);
    if (gone) throw new Error(`trace: variable ${gone.variable.name} was disposed of inside`);
    const assigned = this.entries.filter(({ variable, symbol }) => variable.dataId !== symbol).map(({ variable }) => variable);
    const stranger = allowed && assigned.find(variable => !allowed.includes(variable));
    if (stranger) throw new Error(`trace: variable ${stranger.name} was assigned inside, but is not among the listed variables`);
    return assigned;
  }

  /** Gives all variables their values back. */
  restore(): void {
    for (const variable of this.created()) variable.dispose();
    for (const { variable, saved } of this.entries) {
      if (!variable.isDisposed) variable.assign(saved);
      saved.dispose();
    }
  }

  private created(): Variable[] {
    return Object.values(tf.engine().registeredVariables).filter(variable => !this.names.has(variable.name));
  }
}
