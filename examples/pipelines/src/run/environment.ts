import { existsSync } from 'node:fs';
import { arch, cpus, hostname, platform, release, totalmem } from 'node:os';
import type { Engine } from '@wsss/engine';
import { parseJson, readFileSync } from '@wsss/files';
import { writeAtomically } from '@wsss/train';
import type { CodeVersion } from './code-version.js';
import { runFiles } from './folder.js';

/** Where and how a run, or a part of it after an interruption, was made. */
export interface Session {
  /** When, ISO 8601 in UTC. */
  started: string;
  /** Iterations done before. */
  from: number;
  command: string;
  dataset: string;
  training: { split: string; images: number };
  validation: { split: string; images: number };
  /** Folder of the data, where there is one, and pretrained weights, if any. */
  data?: string;
  weights?: string;
  /** What people should know of the run, such as artifact tokens of its weights. */
  remarks: string[];
  /** Trainable values of the network. */
  trainableValues: number;
  engine: { version: string; threads: number };
  machine: { host: string; system: string; processor: string; cores: number; memoryGiB: number };
  node: string;
  /** The program; runs made before this was recorded lack it. */
  code?: CodeVersion;
}

/** Adds to a run's folder where and how it goes on from here. */
export async function recordSession(
  out: string,
  about: Omit<Session, 'started' | 'command' | 'engine' | 'machine' | 'node'>,
  { version, threads }: Engine,
): Promise<void> {
  const { environment } = runFiles(out);
  const earlier = about.from > 0 && existsSync(environment) ? (parseJson(readFileSync(environment, 'utf8'), environment) as Session[]) : [];
  const processors = cpus();
  const session: Session = {
    started: new Date().toISOString(),
    command: ['mcc', ...process.argv.slice(2)].map(word => (/\s/.test(word) ? JSON.stringify(word) : word)).join(' '),
    ...about,
    engine: { version, threads },
    machine: {
      host: hostname(),
      system: `${platform()} ${release()} ${arch()}`,
      processor: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      memoryGiB: Number((totalmem() / 2 ** 30).toFixed(1)),
    },
    node: process.version,
  };
  if (!Array.isArray(earlier)) throw new Error(`${environment} is damaged: it is no list of sessions; move it away`);
  await writeAtomically(environment, `${JSON.stringify([...earlier, session], null, 2)}\n`);
}
