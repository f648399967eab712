import { ATTRIBUTE, type Attribute, setAttribute } from './attributes.js';
import type { Output } from './c-api.js';
import type { Context, TensorMetadata } from './context.js';
import { type OpDefinition, readOpDefinition } from './op-definitions.js';
import { type Segment, Segments } from './segments.js';
import { newTensor, shapeOf, TF, type Values } from './tensors.js';

/** A tensor made from values, e.g. by `tf.scalar`. */
interface Made {
  shape: number[];
  dtype: number;
  values: Values;
}

/** What JavaScript computes between two segments of a graph. */
export interface HostCall {
  inputs: Output[];
  result: Output;
  shape: number[];
  dtype: number;
  compute: (...values: Values[]) => Values;
}

/** A segment of the graph that TensorFlow knows as a function. */
export interface RecordedSegment extends Pick<Segment, 'inputs' | 'outputs'> {
  name: string;
  /** What JavaScript computes after it, before the next one. */
  hostCall?: HostCall;
}

/** Tensors of more bytes are arguments of the function, not constants in it. */
const constantBytes = 1 << 16;

/**
 * No operation starts before the one recorded this many operations earlier is done. TensorFlow starts whatever has its inputs; what is
 * computed again for the backward pass would then be computed at once, and all of it would be in memory together.
 */
const window = 12;

const definitions = new Map<string, OpDefinition>();

/**
 * A graph to which operations are added while TensorFlow.js code runs. Its tensors are symbols: they have shapes (TensorFlow infers them)
 * but no values, and negative ids, which TensorFlow.js' bookkeeping passes over.
 */
export class Recording {
  /** How often each operation occurs. */
  readonly operations: Record<string, number> = {};
  /** Handles of tensors from outside that the graph uses, owned by the recording, and the outputs that stand for them. */
  readonly captures: { handle: number; output: Output }[] = [];
  /** Tensors made during the recording, by number: small ones become constants. */
  readonly made = new Map<number, Made>();
  nodes = 0;

  private readonly c;
  private readonly status;
  private readonly graph: number;
  /** Tensors that were rounded to bfloat16, by number. */
  private readonly rounded = new Map<number, number>();
  private readonly symbols: (Output | (() => Output))[] = [];
  private readonly outside = new Map<number, Output>();
  private readonly segments = new Segments();
  private readonly hostCalls: HostCall[] = [];

  /** @param bfloat16 whether matrix products are computed from factors rounded to bfloat16 */
  constructor(
    private readonly context: Context,
    private readonly bfloat16 = false,
  ) {
    this.c = context.c;
    this.status = context.status;
    this.graph = this.c.TF_NewGraph();
  }

  /** A symbol for an argument of the function. Its node is added when it is first used; `used` is told of it. */
  argument(shape: number[], dtype: number, used?: (output: Output) => void): TensorMetadata {
    const add = () => {
      const output = this.placeholder(shape, dtype);
      used?.(output);
      return output;
    };
    return { id: this.symbol(add), shape, dtype };
  }

  record(name: string, attributes: Attribute[], ids: number[], outputs: number): TensorMetadata[] {
    const isFloat = (attribute: Attribute) => attribute.name === 'T' && attribute.value === TF.FLOAT;
    if (!this.bfloat16 || name !== 'BatchMatMulV2' || !attributes.some(isFloat)) return this.add(name, attributes, ids, outputs);
    const product = this.add(
      name,
      attributes.map(attribute => (isFloat(attribute) ? { ...attribute, value: TF.BFLOAT16 } : attribute)),
      ids.map(id => this.round(id)),
      1,
    );
    return [this.cast(product[0]!.id, TF.BFLOAT16, TF.FLOAT)];
  }

  private round(id: number): number {
    let rounded = this.rounded.get(id);
    if (rounded === undefined) this.rounded.set(id, (rounded = this.cast(id, TF.FLOAT, TF.BFLOAT16).id));
    return rounded;
  }

  private cast(id: number, from: number, to: number): TensorMetadata {
    const types = { SrcT: from, DstT: to };
    const attributes = Object.entries(types).map(([name, value]) => ({ name, type: ATTRIBUTE.TYPE, value }));
    return this.add('Cast', attributes, [id], 1)[0]!;
  }

  private add(name: string, attributes: Attribute[], ids: number[], outputs: number): TensorMetadata[] {
    const definition = this.definition(name);
    const inputs = ids.map(id => this.output(id));
    this.operations[name] = (this.operations[name] ?? 0) + 1;
    const before = this.segments.current.at(-window);
    const oper = this.node(name, node => {
      this.addInputs(node, definition, inputs, attributes);
      if (before !== undefined) this.c.TF_AddControlInput(node, before);
      for (const attribute of attributes) {
        const kind = definition.attributes.get(attribute.name);
        if (kind === undefined) continue; // some kernels give attributes that the operation does not have
        if (attribute.type === ATTRIBUTE.TYPE && kind !== 'type') continue; // a list of types follows from the inputs
        setAttribute(this.c.nodeAttribute, node, this.context.name(attribute.name), attribute);
      }
    });
    this.segments.add(oper, inputs);
    return Array.from({ length: outputs }, (_, index) => {
      const output = { oper, index };
      return { id: this.symbol(output), shape: this.shape(output, name), dtype: this.c.TF_OperationOutputType(output) };
    });
  }

  /** The graph's counterpart of a tensor. */
  output(id: number): Output {
    if (id < -1) {
      const symbol = this.symbols[-2 - id];
      if (symbol === undefined) throw new Error('A tensor that stands for a value inside another trace() cannot be used here');
      return typeof symbol === 'function' ? (this.symbols[-2 - id] = symbol()) : symbol;
    }
    let output = this.outside.get(id);
    if (output === undefined) this.outside.set(id, (output = this.fromOutside(id)));
    return output;
  }

  /** Ends the segment: JavaScript computes a tensor from others before the next one runs. */
  hostCall(ids: number[], shape: number[], dtype: number, compute: HostCall['compute']): TensorMetadata {
    const inputs = ids.map(id => this.output(id));
    for (const input of inputs) this.segments.want(input);
    this.segments.cut();
    const result = this.placeholder(shape, dtype);
    this.hostCalls.push({ inputs, result, shape, dtype, compute });
    return { id: this.symbol(result), shape, dtype };
  }

  /** Turns the graph's segments into functions of the context, known there as `name` and a number. */
  finish(name: string, outputs: Output[]): RecordedSegment[] {
    const { c, status, context } = this;
    for (const output of outputs) this.segments.want(output);
    return this.segments.finish().map(({ operations, inputs, outputs }, i) => {
      const segment = { name: `${name}_${i}`, inputs, outputs, hostCall: this.hostCalls[i] };
      const body = c.TF_GraphToFunction(
        this.graph,
        segment.name,
        0,
        operations.length,
        BigInt64Array.from(operations, BigInt),
        inputs.length,
        outputArray(inputs),
        outputs.length,
        outputArray(outputs),
        null,
        0,
        segment.name,
        status.pointer,
      );
      status.check('Making a function of what was traced');
      c.TFE_ContextAddFunction(context.pointer, body, status.pointer);
      c.TF_DeleteFunction(body);
      status.check('Registering the traced function');
      return segment;
    });
  }

  /** Frees the graph. */
  end(): void {
    this.c.TF_DeleteGraph(this.graph);
  }

  releaseCaptures(): void {
    for (const { handle } of this.captures.splice(0)) this.c.TFE_DeleteTensorHandle(handle);
  }

  private symbol(symbol: Output | (() => Output)): number {
    return -1 - this.symbols.push(symbol);
  }

  private fromOutside(id: number): Output {
    const made = this.made.get(id);
    if (made && (Array.isArray(made.values) || made.values.byteLength <= constantBytes || isUniform(made.values)))
      return this.constant(made);
    const { c, status } = this;
    const handle = c.TFE_TensorHandleCopySharingTensor(this.context.handle(id, 'trace'), status.pointer);
    status.check('trace');
    const output = this.placeholder(shapeOf(c, handle, status), c.TFE_TensorHandleDataType(handle));
    this.captures.push({ handle, output });
    return output;
  }

  private constant({ shape, dtype, values }: Made): Output {
    const { c } = this;
    if (!Array.isArray(values) && dtype !== TF.COMPLEX64 && values.length > 16 && isUniform(values)) {
      const dims = this.constant({ shape: [shape.length], dtype: TF.INT32, values: Int32Array.from(shape) });
      const value = this.constant({ shape: [], dtype, values: values.slice(0, 1) });
      const fill = this.node('Fill', node => {
        c.TF_AddInput(node, dims);
        c.TF_AddInput(node, value);
      });
      this.segments.addConstant(fill, [dims, value]);
      return { oper: fill, index: 0 };
    }
    const tensor = newTensor(c, shape, dtype, values);
    const oper = this.node('Const', node => {
      c.nodeAttribute.Type(node, this.context.name('dtype'), dtype);
      c.TF_SetAttrTensor(node, 'value', tensor, this.status.pointer);
    });
    c.TF_DeleteTensor(tensor);
    this.segments.addConstant(oper);
    return { oper, index: 0 };
  }

  private placeholder(shape: number[], dtype: number): Output {
    const oper = this.node('Placeholder', node => {
      this.c.nodeAttribute.Type(node, this.context.name('dtype'), dtype);
      this.c.TF_SetAttrShape(node, 'shape', BigInt64Array.from(shape, BigInt), shape.length);
    });
    return { oper, index: 0 };
  }

  private node(type: string, describe: (node: number) => void): number {
    const node = this.c.TF_NewOperation(this.graph, type, `n${this.nodes++}`);
    describe(node);
    const oper = this.c.TF_FinishOperation(node, this.status.pointer);
    this.status.check(`Tracing ${type}`);
    return oper;
  }

  private addInputs(node: number, definition: OpDefinition, inputs: Output[], attributes: Attribute[]): void {
    let at = 0;
    for (const [i, { list, numberAttribute }] of definition.inputs.entries()) {
      if (list) {
        const given = attributes.find(attribute => attribute.name === numberAttribute)?.value as number | undefined;
        const count = given ?? inputs.length - at - (definition.inputs.length - 1 - i);
        this.c.TF_AddInputList(node, outputArray(inputs.slice(at, at + count)), count);
        at += count;
      } else this.c.TF_AddInput(node, inputs[at++]!);
    }
  }

  private shape(output: Output, name: string): number[] {
    const { c, status, graph } = this;
    const rank = c.TF_GraphGetTensorNumDims(graph, output, status.pointer);
    const dims = new BigInt64Array(Math.max(rank, 1));
    if (rank > 0) c.TF_GraphGetTensorShape(graph, output, dims, rank, status.pointer);
    status.check(`Tracing ${name}`);
    const shape = Array.from(dims.subarray(0, Math.max(rank, 0)), Number);
    if (rank < 0 || shape.some(size => size < 0))
      throw new Error(`Tracing ${name}: the shape of its output ${output.index} depends on values, which are not known inside trace()`);
    return shape;
  }

  private definition(name: string): OpDefinition {
    let definition = definitions.get(name);
    if (!definition) definitions.set(name, (definition = readOpDefinition(this.c, this.graph, name, this.status)));
    return definition;
  }
}

const isUniform = (values: Exclude<Values, Uint8Array[]>) => (values as Float32Array).every(value => value === values[0]);

/** `TF_Output[]` in C's layout: a pointer, an int and padding each. */
function outputArray(outputs: Output[]): BigInt64Array {
  return BigInt64Array.from(outputs.flatMap(({ oper, index }) => [BigInt(oper), BigInt(index)]));
}
