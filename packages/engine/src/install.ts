import { mkdir, readdir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readFile } from '@wsss/files';
import { inspectEngine } from './doctor.js';
import { EngineError } from './engine.js';
import { downloadWheels, type WheelRequest } from './native/download.js';
import { cacheFolder, hasWheel, type LibraryKind, libraryIn, wheelLibraries } from './native/library.js';
import { unpackWheel } from './native/wheel.js';

export interface InstallOptions {
  /** TensorFlow's version. Default: 2.21.0, or that of the given wheel. */
  version?: string;
  /** A wheel that is there already, or for cuda a folder of wheels (`pip download "tensorflow[and-cuda]"`), instead of a download. */
  from?: string;
  /** Told what is going on, for people. */
  onProgress?: (message: string) => void;
  /** Checks the library in a folder, throwing if it does not work. Default: it computes something in another process. */
  check?: (folder: string) => Promise<void>;
}

const defaultVersion = '2.21.0';

/** Bytes needed on disk: the download and what is unpacked of it. */
const needed: Record<LibraryKind, number> = { native: 1.3e9, cuda: 10e9 };

/**
 * Fetches TensorFlow's library for the native or the cuda engine and puts it where `startEngine` looks: `~/.cache/wsss/tensorflow`, or
 * below `$XDG_CACHE_HOME`. It comes out of the Python wheels (`tensorflow-cpu`, 274 MB; or `tensorflow[and-cuda]`, about 3 GB), of which
 * only the shared libraries are kept. Python itself is not needed to run it.
 *
 * An interrupted installation leaves nothing in place.
 *
 * @returns the folder, and the bytes it takes on disk
 * @throws {EngineError} where there is no TensorFlow for the machine, too little room, no connection, or where the library does not work
 */
export async function installTensorFlow(kind: LibraryKind, options: InstallOptions = {}): Promise<{ folder: string; bytes: number }> {
  const { from, onProgress = () => {}, check = checkLibrary } = options;
  if (!hasWheel())
    throw new EngineError(`There is no TensorFlow library for ${process.platform} on ${process.arch}`, 'Use the wasm engine');
  if (kind === 'cuda' && process.platform !== 'linux')
    throw new EngineError('TensorFlow supports NVIDIA GPUs on Linux only', 'Use the native or the webgpu engine');
  const given = from === undefined ? undefined : await wheelsAt(from);
  const version = given ? versionOf(given) : (options.version ?? defaultVersion);
  const folder = cacheFolder(kind);
  if (libraryIn(folder) && (await installedVersion(folder)) === version) {
    onProgress(`TensorFlow ${version} is installed already, in ${folder}`);
    return { folder, bytes: await size(folder) };
  }
  await clearRemains(folder);
  const work = `${folder}.partial-${process.pid}`;
  try {
    await mkdir(join(work, 'wheels'), { recursive: true });
    await requireRoom(dirname(folder), needed[kind]);
    onProgress(from ? `Reading ${from}` : `Downloading TensorFlow ${version}`);
    const wheels = given ?? (await downloadWheels(request(kind, version), join(work, 'wheels'), onProgress));
    onProgress('Unpacking');
    for (const wheel of wheels) await unpackWheel(wheel, join(work, 'library'), placeFor(kind));
    if (!libraryIn(join(work, 'library')))
      throw new EngineError(
        `${from ?? 'The download'} does not contain ${wheelLibraries.join(' and ')}`,
        'Give the wheel of tensorflow or tensorflow-cpu',
      );
    onProgress('Checking');
    await check(join(work, 'library'));
    await writeFile(join(work, 'library', 'VERSION'), version);
    await rm(folder, { recursive: true, force: true });
    await rename(join(work, 'library'), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const bytes = await size(folder);
  onProgress(`Installed TensorFlow ${version} in ${folder} (${Math.round(bytes / 1e6)} MB)`);
  return { folder, bytes };
}

/** `tensorflow-cpu` is the smaller one, but there is none for Arm. */
const request = (kind: LibraryKind, version: string): WheelRequest =>
  kind === 'cuda'
    ? { project: 'tensorflow', version, extra: 'and-cuda' }
    : { project: process.arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow', version };

/**
 * Where the files of a wheel go: TensorFlow's two libraries side by side; for GPUs, with CUDA's libraries, where Python's packages have
 * them, because there TensorFlow's library looks for CUDA's.
 */
const placeFor = (kind: LibraryKind) => (name: string) => {
  const isLibrary = wheelLibraries.some(library => name === `tensorflow/${library}`);
  if (kind === 'native') return isLibrary ? basename(name) : undefined;
  return isLibrary || (/^nvidia\//.test(name) && !/\/include\/|\.(py|h|a)$/.test(name)) ? name : undefined;
};

async function wheelsAt(from: string): Promise<string[]> {
  const found = await stat(from).catch(() => {
    throw new EngineError(`There is no wheel ${from}`);
  });
  return found.isDirectory() ? (await readdir(from)).filter(name => name.endsWith('.whl')).map(name => join(from, name)) : [from];
}

/** The version in the name of TensorFlow's wheel. */
function versionOf(wheels: string[]): string {
  const versions = wheels.map(wheel => /^tensorflow(_cpu)?-([^-]+)-.*\.whl$/.exec(basename(wheel))?.[2]);
  const version = versions.find(found => found !== undefined);
  if (!version)
    throw new EngineError(
      `${wheels.join(', ') || 'An empty folder'} is no wheel of TensorFlow`,
      'Give a file named like tensorflow_cpu-2.21.0-….whl',
    );
  return version;
}

/** Also a library for GPUs is checked on the processor: it may be installed where there is no GPU. */
async function checkLibrary(folder: string): Promise<void> {
  const { works, why } = await inspectEngine('native', { tensorflow: folder });
  if (!works)
    throw new EngineError(`The library does not work on this machine: ${why}`, 'Try another version of TensorFlow, or use the wasm engine');
}

const installedVersion = (folder: string) => readFile(join(folder, 'VERSION'), 'utf8').catch(() => undefined);

/** What installations that were killed have left. */
async function clearRemains(folder: string): Promise<void> {
  const siblings = await readdir(dirname(folder)).catch(() => []);
  for (const name of siblings) {
    const [base, pid] = name.split('.partial-');
    if (base === basename(folder) && pid && !isAlive(Number(pid))) await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes)
    throw new EngineError(
      `${folder} has ${(bavail * bsize) / 1e9} GB of room, and ${bytes / 1e9} GB are needed`,
      'Make room, or set XDG_CACHE_HOME to a folder on another disk',
    );
}

async function size(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(files.map(file => stat(join(folder, file))));
  return sizes.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
}
