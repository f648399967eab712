export { embed, link, rehash, scaleWeights, writeChains, writeIncidence } from './lattice';
export { filter, iterate, logarithms, negativeEntropy, pad, pairwiseEnergy, start, unaryEnergy, unpad } from './mean-field';
