import { goldenNetwork, goldenWeights, readCase } from '@wsss/fixtures';
import { expect, it } from 'vitest';
import { SegmentationNetwork } from '../network/segmentation-network.js';
import { referenceStateDict } from './reference-state-dict.js';

it("has every key of the authors' network, in its order, with its shape and value, and no other", async () => {
  const golden = readCase('network_eval');
  const network = new SegmentationNetwork(goldenNetwork(golden));
  network.load(goldenWeights(golden), golden.name);
  const found = await referenceStateDict(network, golden.settings.encoder_head_classes);
  const expected = goldenWeights(golden);
  expect([...found].map(([name, { shape }]) => [name, shape])).toEqual([...expected].map(([name, { shape }]) => [name, shape]));
  for (const [name, { data }] of expected) if (!name.startsWith('encoder.head.')) expect(found.get(name)!.data, name).toEqual(data);
  expect(Math.max(...found.get('encoder.head.weight')!.data)).toBe(0);
  network.dispose();
});
