import { Option } from 'commander';
import type { SegmentationProtocol } from '../inference/segmenter.js';
import { pixels } from './options.js';

/** What the commands that segment let one change of their protocol. */
export interface ProtocolChoice {
  final?: boolean;
  scales?: number[];
  maxSide?: number;
}

/** The option of how large pictures are that keep their shape. @param usual what the default is. */
export const maxSideOption = (usual: string) =>
  new Option('--max-side <pixels>', `longer side that larger pictures are reduced to (default: ${usual})`).argParser(pixels(1));

/**
 * The protocol that the options ask for.
 *
 * @param protocols that without `--final`, and that with it.
 * @throws Error if there is no larger side to choose, since pictures become squares.
 */
export function chosenProtocol(
  { final, scales, maxSide }: ProtocolChoice,
  protocols: { once: SegmentationProtocol; final: SegmentationProtocol },
): SegmentationProtocol {
  const basic = final ? protocols.final : protocols.once;
  if (maxSide !== undefined && basic.size !== null)
    throw new Error(`--max-side ${maxSide}: images are resized to squares of ${basic.size}² here; leave it out`);
  return { ...basic, ...(scales && { scales }), ...(maxSide !== undefined && { maxSide }) };
}
