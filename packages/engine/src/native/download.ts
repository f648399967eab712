import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { download, parseJson, readFile } from '@wsss/files';
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

/** What the index says of a file of a version. */
interface IndexedFile {
  filename: string;
  url: string;
  size: number;
  digests: { sha256: string };
}

/** Bytes that the list of a version's files may have, and a wheel. */
const mostBytes = { list: 16 * 2 ** 20, wheel: 4 * 2 ** 30 };

/**
 * Downloads the wheel for this machine as the Python package index lists it. What is larger than listed, does not come for a minute, or has
 * another SHA-256 is given up.
 *
 * @param options.index where it is asked. Default `https://pypi.org/pypi`.
 * @param options.stallSeconds without a byte, after which it is given up. Default 60.
 * @returns the wheel's path
 * @throws Error saying what came instead
 */
export async function fetchFromIndex(
  { project, version }: WheelRequest,
  folder: string,
  onProgress: (message: string) => void,
  { index = 'https://pypi.org/pypi', ...patience }: { index?: string; stallSeconds?: number; pauseSeconds?: number } = {},
): Promise<string> {
  const url = `${index}/${project}/${version}/json`;
  const list = await download(url, join(folder, 'index.json'), { ...patience, mostBytes: mostBytes.list });
  const found = parseJson(await readFile(list.file, 'utf8'), url) as { urls?: unknown } | null;
  const wheel = chooseWheel(filesOf(found?.urls, url));
  if (!wheel) throw new Error(`${project} ${version} has no wheel for ${process.platform} on ${process.arch}`);
  onProgress(`Downloading ${wheel.filename} (${Math.round(wheel.size / 1e6)} MB)`);
  const sizes = { mostBytes: wheel.size, sha256: wheel.digests.sha256 };
  return (await download(wheel.url, join(folder, wheel.filename), { ...patience, ...sizes })).file;
}

/** @throws Error if the list is none, or what it says of a file cannot be right. */
function filesOf(urls: unknown, url: string): IndexedFile[] {
  if (!Array.isArray(urls)) throw new Error(`${url} does not list the files of a version`);
  const isRight = ({ filename, url, size, digests }: IndexedFile) =>
    /^[\w.+-]+$/.test(filename) &&
    typeof url === 'string' &&
    Number.isInteger(size) &&
    size > 0 &&
    size <= mostBytes.wheel &&
    /^[0-9a-f]{64}$/.test(digests?.sha256);
  return urls.filter(file => file && isRight(file));
}

/** The wheel for this machine among the files of a version. */
export function chooseWheel<F extends { filename: string }>(files: F[]): F | undefined {
  return files.find(({ filename }) => filename.includes(`-cp${python.replace('.', '')}-`) && tags.some(tag => filename.includes(tag)));
}
