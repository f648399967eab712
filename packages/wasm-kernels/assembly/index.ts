export { multiplyMatrices, packRightMatrices } from './matrix-product';
export { attend, attentionGradient, packForAttention, packForAttentionGradient, sumAttentionParts } from './attention';
export { softmax, softmaxGradient } from './softmax';
export { layerNorm, layerNormGradient, sumLayerNormChunks } from './layer-norm';
export { adamW } from './adamw';
export { binary, unary } from './elementwise';
export { reduceColumns, reduceRows } from './reduce';
export { transpose } from './transpose';
