import { bytesField, encodeMessage, type Field, floatField, packedField, varintField } from '@wsss/numpy/protobuf';

/** The operator set the graphs are written for: the first with LayerNormalization. onnxruntime reads it from 1.12 on. */
const OPSET = 17;
const IR_VERSION = 8;

type ElementType = 'float32' | 'int64' | 'uint8';
const elementCode: Record<ElementType, number> = { float32: 1, uint8: 2, int64: 7 };

/** An input or output: sizes that are known, and names of those that are not. */
export interface TensorInfo {
  name: string;
  type: ElementType;
  shape: readonly (number | string)[];
}

/** Outputs behind the first one that an operator must have; nobody reads them. */
const moreOutputs: Record<string, readonly string[]> = { TopK: ['places'] };

/** Attributes of an operator: a number is a whole one unless it is given as `{ float }`. */
type Attributes = Record<string, string | number | readonly number[] | { float: number }>;

/**
 * Builds an ONNX model node by node. Every method gives the name of the tensor that it made, to be passed on to the next one.
 *
 * @example
 * const graph = new OnnxGraph();
 * graph.add('Relu', ['x'], {}, 'y');
 * const [x, y] = ['x', 'y'].map(name => ({ name, type: 'float32' as const, shape: ['n'] }));
 * const bytes = graph.toBytes({ name: 'relu', inputs: [x], outputs: [y] });
 */
export class OnnxGraph {
  private readonly nodes: { operator: string; inputs: readonly string[]; output: string; attributes: Attributes }[] = [];
  private readonly initializers = new Map<string, Field>();

  /** Adds an operator; its attributes must be known to ONNX. An input '' is one left out. */
  add(operator: string, inputs: readonly string[], attributes: Attributes = {}, output = `${operator}_${this.nodes.length}`): string {
    this.nodes.push({ operator, inputs, output, attributes });
    return output;
  }

  /** A weight under its own name. */
  weight(name: string, shape: readonly number[], data: Float32Array): string {
    if (shape.reduce((product, size) => product * size, 1) !== data.length)
      throw new Error(`ONNX weight ${name} has ${data.length} values for the shape [${shape}]`);
    return this.initializer(name, 'float32', shape, data);
  }

  /** A list of whole numbers, as shapes and axes are; the same list is stored once. */
  integers(...values: number[]): string {
    const data = BigInt64Array.from(values.map(BigInt));
    return this.initializer(`int64_${values.join('_').replaceAll('-', 'm')}`, 'int64', [values.length], data);
  }

  /** A float32 that is no weight. */
  float(value: number): string {
    return this.initializer(`float_${value}`, 'float32', [], Float32Array.of(value));
  }

  /** The model as the bytes of a .onnx file. @param metadata Strings by name, found in the model's metadata. */
  toBytes(model: {
    name: string;
    inputs: TensorInfo[];
    outputs: TensorInfo[];
    metadata?: Record<string, string>;
    about?: string;
  }): Uint8Array {
    const nodes = this.nodes.map(({ operator, inputs, output, attributes }) =>
      bytesField(1, [
        ...inputs.map(input => bytesField(1, input)),
        bytesField(2, output),
        ...(moreOutputs[operator] ?? []).map(name => bytesField(2, `${output}_${name}`)),
        bytesField(3, output),
        bytesField(4, operator),
        ...Object.entries(attributes).map(([name, value]) => bytesField(5, attribute(name, value))),
      ]),
    );
    const graph = [
      ...nodes,
      bytesField(2, model.name),
      ...[...this.initializers.values()].map(tensor => bytesField(5, [tensor])),
      ...model.inputs.map(info => bytesField(11, valueInfo(info))),
      ...model.outputs.map(info => bytesField(12, valueInfo(info))),
    ];
    const fields = [
      varintField(1, IR_VERSION),
      bytesField(2, 'wsss'),
      bytesField(6, model.about ?? ''),
      bytesField(7, graph),
      bytesField(8, [bytesField(1, ''), varintField(2, OPSET)]),
      ...Object.entries(model.metadata ?? {}).map(([key, value]) => bytesField(14, [bytesField(1, key), bytesField(2, value)])),
    ];
    return encodeMessage(fields);
  }

  private initializer(name: string, type: ElementType, shape: readonly number[], data: ArrayBufferView): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.initializers.set(
      name,
      [packedField(1, shape), varintField(2, elementCode[type]), bytesField(8, name), bytesField(9, bytes)].flat(),
    );
    return name;
  }
}

function attribute(name: string, value: Attributes[string]): Field[] {
  const named = bytesField(1, name);
  if (typeof value === 'string') return [named, bytesField(4, value), varintField(20, 3)];
  if (typeof value === 'number') return [named, varintField(3, value), varintField(20, 2)];
  if ('float' in value) return [named, floatField(2, value.float), varintField(20, 1)];
  return [named, packedField(8, value), varintField(20, 7)];
}

function valueInfo({ name, type, shape }: TensorInfo): Field[] {
  const dimensions = shape.map(size => bytesField(1, [typeof size === 'string' ? bytesField(2, size) : varintField(1, size)]));
  return [bytesField(1, name), bytesField(2, [bytesField(1, [varintField(1, elementCode[type]), bytesField(2, dimensions)])])];
}
