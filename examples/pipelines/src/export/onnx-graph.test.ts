import { expect, it } from 'vitest';
import { OnnxGraph } from './onnx-graph.js';

const onnx = await import('onnxruntime-node').catch((error: Error) => error);
const missing = onnx instanceof Error ? ` (skipped: onnxruntime-node does not load here: ${onnx.message.split('\n')[0]})` : '';

it.skipIf(missing)(`makes models that run${missing}`, async () => {
  if (onnx instanceof Error) throw onnx;
  const graph = new OnnxGraph();
  const doubled = graph.add('Mul', ['x', graph.weight('factors', [2], Float32Array.of(2, 3))]);
  const turned = graph.add('Transpose', [doubled], { perm: [1, 0] });
  graph.add('LeakyRelu', [graph.add('Sub', [turned, graph.float(5)])], { alpha: { float: 0.5 } }, 'y');
  graph.add('Reshape', ['y', graph.integers(-1)], {}, 'flat');
  const model = graph.toBytes({
    name: 'test',
    inputs: [{ name: 'x', type: 'float32', shape: ['n', 2] }],
    outputs: [
      { name: 'y', type: 'float32', shape: [2, 'n'] },
      { name: 'flat', type: 'float32', shape: ['m'] },
    ],
  });
  const session = await onnx.InferenceSession.create(model);
  const { y, flat } = await session.run({ x: new onnx.Tensor('float32', Float32Array.of(1, 2, 3, 4), [2, 2]) });
  expect([y!.dims, [...(y!.data as Float32Array)]]).toEqual([
    [2, 2],
    [-1.5, 1, 1, 7],
  ]); // 2·1 − 5 = −3, halved
  expect(flat!.dims).toEqual([4]);
});

it('stores a constant once, and refuses a weight of another size', () => {
  const graph = new OnnxGraph();
  expect(graph.integers(0, -1)).toBe(graph.integers(0, -1));
  expect(() => graph.weight('w', [2, 2], new Float32Array(3))).toThrow('ONNX weight w has 3 values for the shape [2,2]');
});
