import { Option } from 'commander';
import { finalProtocol, type SegmentationProtocol } from '../inference/segmenter.js';
import { pixels } from './options.js';

/** What the commands that segment let one change of their protocol. */
export interface ProtocolChoice {
  final?: boolean;
  scales?: number[];
  maxSide?: number;
}

/** The option of how large pictures are that keep their shape. */
export const maxSideOption = () =>
  new Option(
    '--max-side <pixels>',
    'longer side that larger pictures are reduced to (default: 1.12 of the training crop, without --final 1.25)',
  ).argParser(pixels(1));

/**
 * The protocol that the options ask for.
 *
 * @param once that without `--final`.
 * @param of what the network was trained on, the side of its crops, and that of the squares by which it was evaluated then.
 * @throws Error if there is no larger side to choose, since pictures become squares.
 */
export function chosenProtocol(
  { final, scales, maxSide }: ProtocolChoice,
  once: SegmentationProtocol,
  of: { dataset: string; crop: number; size: number },
): SegmentationProtocol {
  const basic = final ? finalProtocol(of.dataset, of.crop, of.size) : once;
  if (maxSide !== undefined && basic.size !== null)
    throw new Error(`--max-side ${maxSide}: images are resized to squares of ${basic.size}² here; leave it out`);
  return { ...basic, ...(scales && { scales }), ...(maxSide !== undefined && { maxSide }) };
}
