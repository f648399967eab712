import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '@wsss/files';
import { bytesField, doubleField, encodeMessage, type Field, floatField, varintField } from '@wsss/numpy/protobuf';
import { GrowingFile } from './growing-file.js';

/**
 * Writes scalars as a TensorBoard event file, `events.out.tfevents.<seconds>.<host>` in a folder, at once with each call. What the disk
 * has no room for is written with the next call.
 *
 * @example
 * const events = new TensorBoardEvents('runs/voc', { clock: Date.now });
 * events.scalars(200, { 'train/loss': 1.24, 'train/cls': 0.42 });
 * events.close(); // tensorboard --logdir runs
 */
export class TensorBoardEvents {
  readonly file: string;
  private readonly records: GrowingFile;
  private readonly seconds: () => number;

  /**
   * @param folder made if missing.
   * @param options.clock milliseconds since 1970, such as `Date.now`; stamps the file's name and each event.
   * @param options.host last part of the file's name. Default: this machine's name.
   * @param options.restartAt the run goes on after this step: later points of earlier files of the folder do not count.
   */
  constructor(folder: string, { clock, host = hostname(), restartAt }: { clock: () => number; host?: string; restartAt?: number }) {
    this.seconds = () => clock() / 1000;
    makeFolder(folder);
    // Files are read in the order of their names: a new one must come last, even if the clock was set back.
    const earlier = readdirSync(folder).map(name => Number(/^events\.out\.tfevents\.(\d+)\./.exec(name)?.[1] ?? 0));
    const seconds = Math.max(Math.floor(this.seconds()), ...earlier.map(last => last + 1));
    this.file = join(folder, `events.out.tfevents.${String(seconds).padStart(10, '0')}.${host}`);
    this.records = new GrowingFile(this.file);
    this.append(bytesField(3, 'brain.Event:2'));
    if (restartAt !== undefined) this.append(varintField(2, restartAt + 1), bytesField(7, [varintField(1, sessionStart)]));
  }

  /**
   * Adds one point to the curve of each tag. NaN and infinities are written as such; TensorBoard marks them.
   *
   * @param step iteration, an integer ≥ 0.
   * @param values numbers (kept as float32) by tag; a slash groups tags.
   */
  scalars(step: number, values: Readonly<Record<string, number>>): void {
    const points = Object.entries(values).map(([tag, value]) => bytesField(1, [bytesField(1, tag), floatField(2, value)]));
    this.append(varintField(2, step), bytesField(5, points));
  }

  close(): void {
    this.records.close();
  }

  private append(...fields: Field[]): void {
    this.records.append(tfRecord(encodeMessage([doubleField(1, this.seconds()), ...fields])));
  }
}

/** A TFRecord: length, masked checksum of the length, data, masked checksum of the data. */
function tfRecord(data: Uint8Array): Uint8Array {
  const record = Buffer.alloc(12 + data.length + 4);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc(data), 12 + data.length);
  return record;
}

/** Rotated by 15 bits plus a constant, so that a checksum of data that holds checksums stays a good one. */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** CRC-32C (Castagnoli polynomial, reflected 0x82F63B78) of bytes, as an unsigned number. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

// Event { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; SessionLog session_log = 7; }
// Summary { repeated Value value = 1; }, Value { string tag = 1; float simple_value = 2; }, SessionLog { SessionStatus status = 1; }
const sessionStart = 1;
