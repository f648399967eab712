import * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@wsss/weights';

/** Variables that share a learning rate. */
export interface ParameterGroup {
  /** What errors call the group, for example `encoder`. */
  name: string;
  /** Variables by parameter name (`parameters.trainable()` of @wsss/weights), or a list, where each is known by its own name. */
  variables: ReadonlyMap<string, tf.Variable> | readonly tf.Variable[];
  /** Rate before the schedule's factor, ≥ 0. */
  learningRate: number;
  /** Weight decay of this group; default: the optimizer's. */
  weightDecay?: number;
}

/** One variable as an optimizer sees it. */
export interface Parameter {
  /** Name in checkpoints; stays the same from run to run. */
  name: string;
  variable: tf.Variable;
  learningRate: number;
  weightDecay: number;
}

/** A factor on every group's rate, or the rate itself as a function of the group's. */
export type Rate = number | ((learningRate: number) => number);

/** Gradients by the variables' own names (`variable.name`), as `tf.variableGrads` returns them. */
export type Gradients = Readonly<Record<string, tf.Tensor>>;

/** One parameter's entries of an optimizer's inputs, scalars by the same names. */
export type Numbers<Inputs> = { [name in keyof Inputs]: tf.Tensor };

/**
 * What the optimizers have in common: parameter groups, one set of slot variables a parameter, step counts, saving and loading.
 *
 * A step has two halves, so that the second one can be part of a traced graph: {@link nextStep} counts and computes this step's numbers as
 * tensors with one entry a parameter, in the order of {@link parameters}; {@link applyGradients} is tensor operations alone.
 */
export abstract class Optimizer<Inputs extends Record<string, tf.Tensor1D> = Record<string, tf.Tensor1D>> {
  readonly parameters: readonly Parameter[];
  /** Slot variables by `<parameter>.<slot>`; they exist from the start, so that a trace finds them. */
  readonly slots: ReadonlyMap<string, tf.Variable>;
  /** Steps taken by each parameter; one without a gradient takes none. */
  protected readonly steps: number[];

  protected constructor(groups: readonly ParameterGroup[], weightDecay: number, slotNames: readonly string[]) {
    this.parameters = groups.flatMap(group => parametersOf(group, weightDecay));
    if (this.parameters.length === 0)
      throw new RangeError('optimizer: the parameter groups hold no variable, so there is nothing to train.');
    refuseRepetition(this.parameters.map(parameter => parameter.name));
    refuseRepetition(this.parameters.map(parameter => parameter.variable.name));
    this.steps = this.parameters.map(() => 0);
    // By `fill`: `zeros` would make them in the host's memory, twice the size of all parameters, and leave them there for a while.
    this.slots = new Map(
      this.parameters.flatMap(({ name, variable }) =>
        slotNames.map(slot => [`${name}.${slot}`, tf.tidy(() => tf.variable(tf.fill(variable.shape, 0), false))] as const),
      ),
    );
  }

  /** This step's numbers as tensors; the parameters in `stepping` have just been counted up. */
  protected abstract inputs(rates: number[], steps: readonly number[]): Inputs;

  /** Updates one variable and its slots inside a tidy. `numbers` are its own of `inputs`, and `index` is its place there. */
  protected abstract update(parameter: Parameter, gradient: tf.Tensor, numbers: Numbers<Inputs>, inputs: Inputs, index: number): void;

  /**
   * Updates the variables that have a gradient; pure tensor operations, which may be traced. The gradients stay the caller's.
   *
   * @param gradients by variable name, each of its variable's shape.
   * @param inputs what {@link nextStep} returned.
   */
  applyGradients(gradients: Gradients, inputs: Inputs): void {
    tf.tidy(() => {
      const numbers = Object.entries(inputs).map(([name, all]) => [name, tf.unstack(all)] as const);
      this.parameters.forEach((parameter, i) => {
        const gradient = gradients[parameter.variable.name];
        const own = Object.fromEntries(numbers.map(([name, all]) => [name, all[i]])) as Numbers<Inputs>;
        if (gradient) tf.tidy(() => this.update(parameter, gradient, own, inputs, i));
      });
    });
  }

  /**
   * One step: updates the variables that have a gradient and leaves the others alone (no decay, no count), as PyTorch does.
   *
   * @param gradients by variable name, float32, each of its variable's shape; they stay the caller's.
   * @param rate factor on every group's learning rate (a schedule's value), or a function from the group's rate to this step's.
   * @throws RangeError if a gradient belongs to no variable of the groups or has another shape; nothing is changed then.
   */
  step(gradients: Gradients, rate: Rate = 1): void {
    const byName = new Map(this.parameters.map(({ variable }) => [variable.name, variable]));
    for (const [name, gradient] of Object.entries(gradients)) {
      const variable = byName.get(name);
      if (!variable) throw new RangeError(`optimizer: there is a gradient for '${name}', which is in no parameter group.`);
      if (variable.shape.join() !== gradient.shape.join())
        throw new RangeError(`optimizer: the gradient of '${name}' has shape [${gradient.shape}], the variable [${variable.shape}].`);
    }
    const inputs = this.nextStep(rate, Object.keys(gradients));
    this.applyGradients(gradients, inputs);
    tf.dispose(inputs);
  }

  /**
   * Counts a step and returns its rates and corrections as tensors: the first half of {@link step}, for a step that is traced.
   *
   * @param rate as for {@link step}.
   * @param names `variable.name` of the variables that have a gradient in this step; default: all. An empty list counts nothing: such
   *   tensors serve as examples to trace with.
   * @returns float32 tensors with one entry for each of {@link parameters}; the caller disposes of them.
   */
  nextStep(rate: Rate = 1, names?: Iterable<string>): Inputs {
    const stepping = names && new Set(names);
    const rates = this.parameters.map(({ variable, learningRate }, i) => {
      if (!stepping || stepping.has(variable.name)) this.steps[i]! += 1;
      return typeof rate === 'number' ? rate * learningRate : rate(learningRate);
    });
    return this.inputs(rates, this.steps);
  }

  /** Everything a checkpoint needs to go on exactly: the slots and, as `<parameter>.step`, how many steps each parameter has taken. */
  async state(): Promise<StateDict> {
    const state: StateDict = new Map();
    for (const [name, slot] of this.slots) state.set(name, { shape: [...slot.shape], data: (await slot.data()) as Float32Array });
    this.parameters.forEach(({ name }, i) => {
      state.set(`${name}.step`, { shape: [], data: Int32Array.of(this.steps[i]!) });
    });
    return state;
  }

  /**
   * Takes over what {@link Optimizer.state} returned. Entries of other names are ignored, so a whole checkpoint may be passed.
   *
   * @throws Error if an entry is missing or has another shape; nothing is changed then.
   */
  load(state: StateDict): void {
    const entry = (name: string, shape: readonly number[]) => {
      const found = state.get(name);
      if (!found) throw new Error(`optimizer: the state has no '${name}'; it belongs to another model or optimizer.`);
      if (found.shape.join() !== shape.join())
        throw new Error(`optimizer: '${name}' has shape [${found.shape}] in the state, expected [${shape}]; it belongs to another model.`);
      return found.data;
    };
    const slots = [...this.slots].map(([name, slot]) => [slot, entry(name, slot.shape)] as const);
    const steps = this.parameters.map(({ name }) => entry(`${name}.step`, [])[0]!);
    for (const [slot, data] of slots) tf.tidy(() => slot.assign(tf.tensor(data, slot.shape, 'float32')));
    steps.forEach((step, i) => {
      this.steps[i] = step;
    });
  }

  /** Frees the slots. The variables themselves belong to their model. */
  dispose(): void {
    for (const slot of this.slots.values()) slot.dispose();
  }

  protected slot(parameter: Parameter, slot: string): tf.Variable {
    return this.slots.get(`${parameter.name}.${slot}`)!;
  }
}

function parametersOf(group: ParameterGroup, defaultDecay: number): Parameter[] {
  const { name: groupName, variables, learningRate, weightDecay = defaultDecay } = group;
  if (!(learningRate >= 0) || !(weightDecay >= 0))
    throw new RangeError(
      `optimizer: group '${groupName}' has learningRate ${learningRate} and weightDecay ${weightDecay}, expected numbers ≥ 0.`,
    );
  const named = 'map' in variables ? variables.map(variable => [variable.name, variable] as const) : [...variables];
  return named.map(([name, variable]) => ({ name, variable, learningRate, weightDecay }));
}

function refuseRepetition(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new RangeError(`optimizer: '${twice}' is in the parameter groups twice; each variable may be in one group, under one name.`);
}
