import * as tf from '@tensorflow/tfjs-core';
import { fromTorch, type MatchOptions, matchStateDict, type ParameterSpec, torchShape, toTorch } from './state-dict.js';
import type { StateDict } from './weights-content.js';

/** Draws uniform numbers in [0, 1): the seeded source of initial values. */
export type UniformSource = () => number;

/**
 * The parameters of a model as TensorFlow.js variables, under their PyTorch/timm state-dict names.
 *
 * @example
 * const parameters = new Parameters([{ name: 'head.weight', shape: [192, 20], layout: 'linear' }], random);
 * parameters.load(parseSafetensors(bytes).tensors, { source: 'model.safetensors' });
 * tf.matMul(x, parameters.get('head.weight'));
 */
export class Parameters {
  readonly specs: readonly ParameterSpec[];
  private readonly variables = new Map<string, tf.Variable>();

  /**
   * @param specs What the model has. Names must differ.
   * @param random Seeded uniform numbers for the initial values; without it the random ones start as zeros, to be loaded.
   * @param prefix Put before every variable's name, so that two models can live in one engine.
   */
  constructor(specs: readonly ParameterSpec[], random?: UniformSource, prefix = '') {
    this.specs = specs;
    const twice = specs.find((spec, i) => specs.findIndex(other => other.name === spec.name) < i);
    if (twice) throw new Error(`Parameters: two parameters are called ${twice.name}`);
    for (const spec of specs) {
      const initial = tf.tensor(initialValues(spec, random), spec.shape, 'float32');
      this.variables.set(spec.name, tf.variable(initial, spec.trainable !== false, `${prefix}${spec.name}#${nextId++}`));
      initial.dispose();
    }
  }

  /** The variable of that name. @throws Error when there is none. */
  get(name: string): tf.Variable {
    const variable = this.variables.get(name);
    if (!variable) throw new Error(`there is no parameter ${name}; the model has ${[...this.variables.keys()].slice(0, 5).join(', ')}, …`);
    return variable;
  }

  /** Names and variables, in the order of the specification. */
  entries(): IterableIterator<[string, tf.Variable]> {
    return this.variables.entries();
  }

  /** The variables that are trained, by name. */
  trainable(): Map<string, tf.Variable> {
    return new Map([...this.variables].filter(([, variable]) => variable.trainable));
  }

  /** Takes over values in PyTorch's layout. @throws Error when names or shapes do not fit (nothing is changed then). */
  load(state: StateDict, options: MatchOptions = {}): void {
    const matched = matchStateDict(this.specs, state, options);
    for (const spec of this.specs) {
      const tensor = matched.get(spec.name);
      if (!tensor) continue;
      const value = tf.tensor(fromTorch(tensor.data as Float32Array, spec), spec.shape, 'float32');
      this.get(spec.name).assign(value);
      value.dispose();
    }
  }

  /** The values in PyTorch's layout, ready for {@link serializeSafetensors}. */
  async toStateDict(): Promise<StateDict> {
    const state: StateDict = new Map();
    for (const spec of this.specs) {
      const data = (await this.get(spec.name).data<'float32'>()) as Float32Array;
      state.set(spec.name, { shape: torchShape(spec), data: toTorch(data, spec) });
    }
    return state;
  }

  /** Number of values in all parameters. */
  get size(): number {
    return this.specs.reduce((sum, spec) => sum + spec.shape.reduce((product, d) => product * d, 1), 0);
  }

  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
    this.variables.clear();
  }
}

let nextId = 0; // TensorFlow.js wants every variable's name to be unique in the engine

function initialValues({ shape, init = { kind: 'zeros' } }: ParameterSpec, random?: UniformSource): Float32Array {
  const values = new Float32Array(shape.reduce((product, d) => product * d, 1));
  if (init.kind === 'ones') return values.fill(1);
  if (init.kind === 'constant') return values.fill(init.value);
  if (init.kind === 'zeros' || !random) return values;
  if (init.kind === 'uniform') return values.map(() => (2 * random() - 1) * init.bound);
  const { std = 0.02 } = init;
  return values.map(() => {
    for (;;) {
      // Box–Muller; a value beyond ±2 is drawn again, as PyTorch's trunc_normal_ does by default
      const value = std * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      if (Math.abs(value) <= 2) return value;
    }
  });
}
