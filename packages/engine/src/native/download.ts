import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EngineError } from '../engine.js';

/** What to download from the Python package index. */
export interface WheelRequest {
  /** e.g. `tensorflow-cpu` */
  project: string;
  version: string;
  /** e.g. `and-cuda`: its further packages are downloaded too. */
  extra?: string;
}

/** Tags of the wheels that run here, for pip; any Python will do, as only the libraries inside are used. */
const platforms: Record<string, string[]> = {
  'linux-x64': ['manylinux_2_28_x86_64', 'manylinux_2_27_x86_64', 'manylinux_2_17_x86_64', 'manylinux2014_x86_64'],
  'linux-arm64': ['manylinux_2_28_aarch64', 'manylinux_2_27_aarch64', 'manylinux_2_17_aarch64', 'manylinux2014_aarch64'],
  'darwin-arm64': ['macosx_14_0_arm64', 'macosx_12_0_arm64'],
};
const tags = platforms[`${process.platform}-${process.arch}`] ?? [];
const python = '3.11';

/**
 * Downloads wheels into a folder: by pip, which knows of mirrors and proxies, or from pypi.org where there is no pip.
 *
 * @returns their paths
 * @throws {EngineError} if neither works, with what they said
 */
export async function downloadWheels(request: WheelRequest, folder: string, onProgress: (message: string) => void): Promise<string[]> {
  const said: string[] = [];
  for (const [program, ...start] of [['pip'], ['pip3'], ['python3', '-m', 'pip'], ['python', '-m', 'pip']] as [string, ...string[]][]) {
    const outcome = await runPip(program, [...start, ...pipArguments(request, folder)], onProgress);
    if (outcome === 'done') return (await readdir(folder)).filter(name => name.endsWith('.whl')).map(name => join(folder, name));
    if (outcome !== 'missing') said.push(`${[program, ...start].join(' ')}: ${outcome}`);
  }
  if (request.extra === undefined) {
    try {
      return [await fetchFromIndex(request, folder, onProgress)];
    } catch (error) {
      said.push(`pypi.org: ${(error as Error).message}`);
    }
  }
  throw new EngineError(
    `${request.project} ${request.version} cannot be downloaded${said.length > 0 ? `:\n${said.join('\n')}\n` : ': there is no pip'}`,
    'Install pip; or get the wheel yourself and give its path',
  );
}

/** The arguments of `pip download` for a request. */
export function pipArguments({ project, version, extra }: WheelRequest, folder: string): string[] {
  return [
    'download',
    extra ? `${project}[${extra}]==${version}` : `${project}==${version}`,
    ...(extra ? [] : ['--no-deps']),
    ...['--only-binary=:all:', '--python-version', python, '--implementation', 'cp'],
    ...['--no-cache-dir', '--disable-pip-version-check', '--dest', folder],
    ...tags.flatMap(tag => ['--platform', tag]),
  ];
}

/** Runs pip, telling what it downloads; the answer is `done`, `missing` if there is no such program, or what it said at the end. */
function runPip(program: string, args: string[], onProgress: (message: string) => void): Promise<string> {
  return new Promise(resolve => {
    const pip = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    pip.stdout.setEncoding('utf8').on('data', (text: string) => {
      for (const [line] of text.matchAll(/Downloading \S+.*/g)) onProgress(line);
    });
    pip.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-2000);
    });
    pip.on('error', () => resolve('missing'));
    pip.on('close', code => {
      if (code === 0) resolve('done');
      else resolve(errors.includes('No module named pip') ? 'missing' : errors.trim().split('\n').slice(-4).join('\n'));
    });
  });
}

async function fetchFromIndex({ project, version }: WheelRequest, folder: string, onProgress: (message: string) => void): Promise<string> {
  const answer = await fetch(`https://pypi.org/pypi/${project}/${version}/json`);
  if (!answer.ok) throw new Error(`no ${project} ${version} (status ${answer.status})`);
  const { urls } = (await answer.json()) as { urls: { filename: string; url: string; size: number; digests: { sha256: string } }[] };
  const file = chooseWheel(urls);
  if (!file) throw new Error(`${project} ${version} has no wheel for ${process.platform} on ${process.arch}`);
  onProgress(`Downloading ${file.filename} (${Math.round(file.size / 1e6)} MB)`);
  const { body, ok, status } = await fetch(file.url);
  if (!ok || !body) throw new Error(`${file.url}: status ${status}`);
  const path = join(folder, file.filename);
  const hash = createHash('sha256');
  const stream = Readable.fromWeb(body as import('node:stream/web').ReadableStream);
  let got = 0;
  const stall = setTimeout(() => stream.destroy(new Error('nothing came for a minute')), 60_000);
  stream.on('data', (chunk: Uint8Array) => {
    stall.refresh();
    hash.update(chunk);
    got += chunk.length;
    if (got > file.size) stream.destroy(new Error(`${file.filename} has more than the ${file.size} bytes that the index says`));
  });
  await pipeline(stream, createWriteStream(path)).finally(() => clearTimeout(stall));
  if (hash.digest('hex') !== file.digests.sha256) throw new Error(`the checksum of ${file.filename} is wrong`);
  return path;
}

/** The wheel for this machine among the files of a version. */
export function chooseWheel<F extends { filename: string }>(files: F[]): F | undefined {
  return files.find(({ filename }) => filename.includes(`-cp${python.replace('.', '')}-`) && tags.some(tag => filename.includes(tag)));
}
