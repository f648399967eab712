import { toFloat16s } from '@wsss/numpy';
import { addHalves, decodeHalves, scaleExponent } from './half-precision.js';
import { type Address, addressOf, type MpiLibrary } from './mpi-library.js';

/**
 * Sums float32 values over all ranks, in place, with half as many bytes on the wire: every rank is responsible for one part of the array.
 * It gets that part of all others in half precision, adds them up in float32, and sends the sums, again in half precision, to all. Each
 * part travels with a power of two of its own, so that its largest value uses the range of half precision. All ranks end with the same
 * bits.
 */
export function halfAllReduce(
  mpi: MpiLibrary,
  { worldSize, rank }: { worldSize: number; rank: number },
  address: Address,
  length: number,
): void {
  const { types, world } = mpi.constants;
  const values = mpi.view(address, length, 'float32') as Float32Array;
  const part = Math.ceil(length / worldSize);
  const message = part + 1; // the first word is the exponent
  const partOf = (index: number) => values.subarray(Math.min(index * part, length), Math.min((index + 1) * part, length));
  const write = (from: Float32Array, to: Uint16Array) => {
    const exponent = scaleExponent(from);
    new Int16Array(to.buffer, to.byteOffset, 1)[0] = exponent;
    toFloat16s(from, to.subarray(1), 2 ** exponent);
  };
  const exponentIn = (halves: Uint16Array) => new Int16Array(halves.buffer, halves.byteOffset, 1)[0]!;
  const messageOf = (all: Uint16Array, index: number) => all.subarray(index * message, (index + 1) * message);

  const sent = new Uint16Array(Math.max(worldSize * message, 64));
  const received = new Uint16Array(Math.max(worldSize * message, 64));
  for (let to = 0; to < worldSize; to++) write(partOf(to), messageOf(sent, to));
  mpi.call('MPI_Alltoall', addressOf(sent), 2 * message, types.byte, addressOf(received), 2 * message, types.byte, world);

  const own = partOf(rank);
  own.fill(0);
  for (let from = 0; from < worldSize; from++) addHalves(messageOf(received, from).subarray(1), exponentIn(messageOf(received, from)), own);
  write(own, sent);
  mpi.call('MPI_Allgather', addressOf(sent), 2 * message, types.byte, addressOf(received), 2 * message, types.byte, world);
  for (let from = 0; from < worldSize; from++)
    decodeHalves(messageOf(received, from).subarray(1), exponentIn(messageOf(received, from)), partOf(from));
}
