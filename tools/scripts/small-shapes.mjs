/** Values of the recipe for a network so small that an iteration on Shapes takes hundredths of a second; every loss is on. */
export const smallShapes = {
  backbone: { imageSize: 32, patchSize: 8, embedSize: 16, depth: 4, heads: 2 },
  crop: 32,
  batch: 2,
  projector: { hiddenSize: 16, bottleneckSize: 8, outputSize: 12 },
  decoder: { hiddenSize: 8, dilation: 1 },
  cam: { scales: [1] },
  par: { dilations: [1, 2], iterations: 2 },
  evaluation: { before: false, batch: 50 },
};
