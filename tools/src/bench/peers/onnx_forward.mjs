// ONNX Runtime's forward passes of what `mcc bench eval` computes: encoder and decoder, at each scale with the mirror image, of a network
// with patches of 16 pixels. Pictures are not resized nor results fused, so that ours does more.
//
//     mcc export --checkpoint runs/voc --out mcc.onnx
//     mcc bench eval --backbone vit_tiny_patch16_224 --peer "node tools/src/bench/peers/onnx_forward.mjs mcc.onnx"
//
// It is started with: --backbone NAME (that of the checkpoint) --width N --height N --scales A,B,C --threads N --iters N, and prints one
// JSON line.
import { parseArgs } from 'node:util';
import * as runtime from 'onnxruntime-node';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(['backbone', 'width', 'height', 'scales', 'threads', 'iters'].map(name => [name, { type: 'string' }])),
});
const [width, height, threads, iterations] = [values.width, values.height, values.threads, values.iters].map(Number);
const scales = values.scales.split(',').map(Number);

const session = await runtime.InferenceSession.create(positionals[0], { intraOpNumThreads: threads });
const [input] = session.inputNames;
const [output] = session.outputNames;

async function forward(scale) {
  const [rows, columns] = [height, width].map(side => Math.floor((side * scale) / 16) * 16);
  const images = Float32Array.from({ length: 2 * 3 * rows * columns }, (_, i) => Math.sin(i));
  const start = performance.now();
  const results = await session.run({ [input]: new runtime.Tensor('float32', images, [2, 3, rows, columns]) });
  await results[output].getData();
  return (performance.now() - start) / 1000;
}

const seconds = [];
for (let i = 0; i <= iterations; i++) {
  let sum = 0;
  for (const scale of scales) sum += await forward(scale);
  if (i > 0) seconds.push(sum);
}
seconds.sort((a, b) => a - b);
const peak_rss_mb = Math.round(process.resourceUsage().maxRSS / 1024);
process.stdout.write(`${JSON.stringify({ median_s: seconds[seconds.length >> 1], min_s: seconds[0], peak_rss_mb })}\n`);
