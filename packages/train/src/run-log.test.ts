import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeValues } from './progress.js';
import { digestLog, lossOfLog, RunLog, rewindLog } from './run-log.js';
import { crc32c, TensorBoardEvents } from './tensorboard-events.js';

const folder = mkdtempSync(join(tmpdir(), 'wsss-log-'));
afterAll(() => rmSync(folder, { recursive: true }));
const clock = () => Date.UTC(2024, 0, 2, 3, 4, 5, 250);

describe('crc32c', () => {
  it('agrees with the published vectors', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa); // RFC 3720, B.4
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(new Uint8Array(0))).toBe(0);
  });
});

describe('TensorBoardEvents', () => {
  it('frames its records with masked checksums and writes the fields of Event and Summary', () => {
    const events = new TensorBoardEvents(join(folder, 'events'), { clock, host: 'host' });
    events.scalars(300, { 'train/loss': 1.5, 'train/rate': -0.25 });
    events.close();
    expect(events.file).toBe(join(folder, 'events', 'events.out.tfevents.1704164645.host'));

    const [version, event, ...rest] = readRecords(readFileSync(events.file)).map(readFields);
    expect(rest).toEqual([]);
    expect(version).toEqual([
      [1, 1704164645.25],
      [3, Buffer.from('brain.Event:2')],
    ]);
    expect(event!.slice(0, 2)).toEqual([
      [1, 1704164645.25],
      [2, 300],
    ]);
    const points = readFields(event![2]![1] as Buffer).map(([, point]) => readFields(point as Buffer));
    expect(points).toEqual([
      [[1, Buffer.from('train/loss')], [2, 1.5]],
      [[1, Buffer.from('train/rate')], [2, -0.25]],
    ]); // biome-ignore format: one line for each point
  });

  it('begins as every event file does', () => {
    const events = new TensorBoardEvents(join(folder, 'bytes'), { clock: () => 0, host: 'host' });
    events.close();
    // length 24 and its checksum, wall_time 0, file_version 'brain.Event:2'
    const begin = ['1800000000000000', 'a37f4b22', '090000000000000000', '1a0d627261696e2e4576656e743a32'].join('');
    expect(readFileSync(events.file).toString('hex').slice(0, -8)).toBe(begin);
  });

  it('writes steps beyond 32 bits', () => {
    const events = new TensorBoardEvents(join(folder, 'far'), { clock, host: 'host' });
    events.scalars(2 ** 40 + 5, { x: Number.NaN });
    events.close();
    const event = readFields(readRecords(readFileSync(events.file))[1]!);
    expect(event[1]).toEqual([2, 2 ** 40 + 5]);
  });
});

describe('TensorBoardEvents of a run that goes on', () => {
  it('come in a file that sorts last, whatever the clock says, and hide later points', () => {
    const open = (milliseconds: number, restartAt?: number) => {
      const events = new TensorBoardEvents(join(folder, 'restarts'), { clock: () => milliseconds, host: 'host', restartAt });
      events.close();
      return events.file;
    };
    const files = [open(5_000_000), open(5_000_000, 40), open(1_000_000, 40)];
    expect(new Set(files).size).toBe(3);
    expect([...files].sort()).toEqual(files);
    // SessionLog { status: START } at the first step to come
    expect(readFields(readRecords(readFileSync(files[1]!))[1]!).slice(1)).toEqual([[2, 41], [7, Buffer.from([8, 1])]]); // biome-ignore format: a line
  });
});

describe('RunLog', () => {
  const read = (name: string) =>
    readFileSync(join(folder, name, 'log.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));

  it('writes a line for people, one for programs, and an event', () => {
    let text = '';
    const log = new RunLog(join(folder, 'run'), { clock, stream: { write: part => (text += part) }, host: 'host' });
    log.say('hello');
    log.record('train', 200, { loss: 1.23456, rate: 6e-7 });
    log.close();
    expect(text).toBe('hello\ntrain 200 · loss 1.235 · rate 6.00e-7\n');
    expect(read('run')).toEqual([{ time: '2024-01-02T03:04:05.250Z', kind: 'train', step: 200, values: { loss: 1.23456, rate: 6e-7 } }]);
    const file = readdirSync(join(folder, 'run')).find(name => name.startsWith('events.out.tfevents.'))!;
    expect(readRecords(readFileSync(join(folder, 'run', file)))).toHaveLength(2);
  });

  it('appends when a run goes on, and spells out what JSON cannot say', () => {
    for (const loss of [1, Number.NaN, Number.NEGATIVE_INFINITY]) {
      const log = new RunLog(join(folder, 'again'), { clock, stream: { write: () => {} }, host: 'host' });
      log.record('train', 1, { loss, other: 2 });
      log.close();
    }
    const records = read('again');
    expect(records.map(record => record.values)).toEqual([
      { loss: 1, other: 2 },
      { loss: null, other: 2 },
      { loss: null, other: 2 },
    ]);
    expect(records.map(record => record.notFinite)).toEqual([undefined, { loss: 'NaN' }, { loss: '-Infinity' }]);
  });
});

describe('describeValues', () => {
  it('keeps four digits', () => {
    expect(describeValues({ a: 0.123456, b: 12345.678, c: 20_000, d: 1.5e-6, e: -0.5, f: Number.NaN, g: 0 })).toBe(
      'a 0.1235 · b 12350 · c 20000 · d 1.50e-6 · e -0.5 · f NaN · g 0',
    );
  });
});

function readRecords(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let offset = 0; offset < file.length; ) {
    const length = Number(file.readBigUInt64LE(offset));
    const data = file.subarray(offset + 12, offset + 12 + length);
    expect(file.readUInt32LE(offset + 8)).toBe(mask(crc32c(file.subarray(offset, offset + 8))));
    expect(file.readUInt32LE(offset + 12 + length)).toBe(mask(crc32c(data)));
    records.push(data);
    offset += 16 + length;
  }
  return records;
}

// As the format's description has it, in whole numbers: rotate right by 15 bits, add a constant.
function mask(crc: number): number {
  const rotated = Math.floor(crc / 2 ** 15) + (crc % 2 ** 15) * 2 ** 17;
  return (rotated + 0xa282ead8) % 2 ** 32;
}

function readFields(message: Buffer): [field: number, value: number | Buffer][] {
  const fields: [number, number | Buffer][] = [];
  let offset = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[offset++]!;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  while (offset < message.length) {
    const key = varint();
    const type = key % 8;
    if (type === 0) fields.push([key >> 3, varint()]);
    else if (type === 1) fields.push([key >> 3, message.readDoubleLE((offset += 8) - 8)]);
    else if (type === 5) fields.push([key >> 3, message.readFloatLE((offset += 4) - 4)]);
    else {
      const length = varint();
      fields.push([key >> 3, message.subarray(offset, (offset += length))]);
    }
  }
  return fields;
}

describe('rewindLog', () => {
  const file = join(folder, 'log.jsonl');
  const line = (kind: string, step: number) => `${JSON.stringify({ time: 't', kind, step, values: { loss: step } })}\n`;
  async function rewound(text: string, step: number, again = ''): Promise<string> {
    writeFileSync(file, text);
    await rewindLog(folder, record => record.step <= step && record.kind !== again);
    return readFileSync(file, 'utf8');
  }
  const log = line('train', 10) + line('train', 20) + line('evaluate', 20) + line('train', 30);

  it('keeps what is wanted', async () => {
    expect(await rewound(log, 30)).toBe(log);
    expect(await rewound(log, 29)).toBe(line('train', 10) + line('train', 20) + line('evaluate', 20));
    expect(await rewound(log, 20, 'evaluate')).toBe(line('train', 10) + line('train', 20));
    expect(await rewound(log, 0)).toBe('');
  });

  it('drops a line that is not whole at the end', async () => {
    for (let cut = 1; cut < line('train', 30).length - 1; cut++)
      expect(await rewound(log.slice(0, -cut - 1), 30)).toBe(log.slice(0, log.length - line('train', 30).length));
    expect(await rewound(log.slice(0, -1), 30)).toBe(log); // only the line's end was missing
    expect(await rewound(`${line('train', 10)}\0\0\0\n${line('train', 20)}`, 10)).toBe(line('train', 10));
  });

  it('refuses a damaged middle and changes nothing, or leaves it out if told', async () => {
    const text = `${line('train', 10)}\0\0\0\n${line('train', 20)}{"kind":"tr\n${line('train', 30)}`;
    await expect(rewound(text, 30)).rejects.toThrow('log.jsonl line 2 is damaged, and whole lines follow');
    expect(readFileSync(file, 'utf8')).toBe(text);
    await rewindLog(folder, ({ step }) => step <= 20, { repair: true });
    expect(readFileSync(file, 'utf8')).toBe(line('train', 10) + line('train', 20));
    expect(readFileSync(`${file}.damaged`, 'utf8')).toBe(text);
  });

  it('knows what is lost of a log', async () => {
    writeFileSync(file, log);
    const then = (await digestLog(folder))!;
    writeFileSync(file, log + line('train', 40));
    expect(await lossOfLog(folder, then)).toBeUndefined();
    const lines = log.split('\n');
    writeFileSync(file, [lines[0], ...lines.slice(2, -1), line('train', 40) + line('train', 50)].join('\n'));
    expect(await lossOfLog(folder, then)).toMatch(/log\.jsonl has lost lines, or was changed/);
    writeFileSync(file, log.slice(0, 100));
    expect(await lossOfLog(folder, then)).toMatch(/has 100 of the \d+ bytes that it had/);
    writeFileSync(file, log.replace('"step":20', '\0\0\0'));
    expect(await lossOfLog(folder, then)).toMatch(/has \d+ of/);
    rmSync(file);
    expect(await lossOfLog(folder, then)).toMatch(/log\.jsonl is gone/);
    expect(await digestLog(folder)).toBeUndefined();
    writeFileSync(file, log);
  });

  it('does without a log', async () => {
    rmSync(file);
    await rewindLog(folder, ({ step }) => step <= 15);
    expect(existsSync(file)).toBe(false);
  });
});
