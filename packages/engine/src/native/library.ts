import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { EngineError } from '../engine.js';

/** TensorFlow's library as found on this machine. */
export interface Library {
  folder: string;
  /** Shared libraries to load, each after those it needs; the last one has the C API. */
  files: string[];
  /** NVIDIA's libraries beside a Python TensorFlow, to be loaded before. */
  nvidia: string[];
}

/** What a library is for: `native` runs on the processor, `cuda` on NVIDIA GPUs. */
export type LibraryKind = 'native' | 'cuda';

/** File names of TensorFlow's libraries: Python's two, and the stand-alone C library's two. */
const names =
  process.platform === 'darwin'
    ? { cc: 'libtensorflow_cc.2.dylib', c: 'libtensorflow.2.dylib', framework: 'libtensorflow_framework.2.dylib' }
    : { cc: 'libtensorflow_cc.so.2', c: 'libtensorflow.so.2', framework: 'libtensorflow_framework.so.2' };

/** Whether there are Python wheels with TensorFlow's library for this machine: on Linux they want glibc, which musl systems lack. */
export function hasWheel(): boolean {
  if (!['linux-x64', 'linux-arm64', 'darwin-arm64'].includes(`${process.platform}-${process.arch}`)) return false;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return process.platform !== 'linux' || header.glibcVersionRuntime !== undefined;
}

/** Names of the two shared libraries in such a wheel, in the order in which they are loaded. */
export const wheelLibraries = [names.framework, names.cc];

/** Where `installTensorFlow` puts the library. */
export function cacheFolder(kind: LibraryKind): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'wsss', 'tensorflow', kind);
}

/** The library in a folder: given directly, or as a Python package folder, or as the `site-packages` around it. */
export function libraryIn(folder: string): Library | undefined {
  for (const place of [folder, join(folder, 'tensorflow'), join(folder, 'lib')]) {
    const main = [names.cc, names.c].find(name => existsSync(join(place, name)));
    if (main && existsSync(join(place, names.framework)))
      return { folder: place, files: [names.framework, main].map(name => join(place, name)), nvidia: nvidiaLibraries(dirname(place)) };
  }
  return undefined;
}

/**
 * Looks for TensorFlow's library: in a given folder and nowhere else; else among what `installTensorFlow` fetched, tfjs-node's own
 * download, and the TensorFlow of `python3`.
 *
 * @param kind what it is for
 * @param given a folder; default `WSSS_TENSORFLOW`
 * @param tfjsNodeRuns whether the program has started tfjs-node itself: its library then comes first, as two would be in each other's way
 * @throws {EngineError} if there is none
 */
export function findLibrary(kind: LibraryKind, given = process.env.WSSS_TENSORFLOW || undefined, tfjsNodeRuns = false): Library {
  if (given !== undefined) {
    const library = libraryIn(given);
    if (library) return library;
    throw new EngineError(
      `There is no TensorFlow library in ${given}`,
      `Name a folder with ${names.cc} (or ${names.c}) and ${names.framework}, or the folder of a Python tensorflow package`,
    );
  }
  for (const place of usualPlaces(kind, tfjsNodeRuns)) {
    const library = place && libraryIn(place);
    if (library) return library;
  }
  if (!hasWheel())
    throw new EngineError(
      `There is no TensorFlow library for ${process.platform} on ${process.arch}`,
      'Use the wasm engine; or build the library and name its folder in WSSS_TENSORFLOW',
    );
  if (kind === 'cuda') throw new EngineError('No TensorFlow library for GPUs was found', 'Type: npx wsss-engine install cuda');
  throw new EngineError('No TensorFlow library was found', 'Type: npx wsss-engine install native');
}

function* usualPlaces(kind: LibraryKind, tfjsNodeRuns: boolean): Generator<string | undefined> {
  if (!tfjsNodeRuns) yield cacheFolder(kind);
  if (kind === 'native') yield* tfjsNodeFolders('@tensorflow/tfjs-node');
  yield* tfjsNodeFolders('@tensorflow/tfjs-node-gpu');
  if (tfjsNodeRuns) yield cacheFolder(kind);
  yield pythonFolder();
  if (kind === 'native') yield cacheFolder('cuda'); // runs on the processor too
}

/**
 * tfjs-node's install script, where it was allowed to run, has put a library into `deps`: beside this package, or as the program sees
 * it.
 */
function* tfjsNodeFolders(name: string): Generator<string | undefined> {
  for (const origin of [import.meta.url, process.argv[1], join(process.cwd(), 'package.json')]) {
    try {
      yield join(dirname(createRequire(origin ?? '').resolve(`${name}/package.json`)), 'deps');
    } catch {
      // not installed, as seen from there
    }
  }
}

/** The folder of Python's `tensorflow`, found without importing it. */
function pythonFolder(): string | undefined {
  const ask = 'import importlib.util as u; s = u.find_spec("tensorflow"); print(s.submodule_search_locations[0] if s else "")';
  for (const python of ['python3', 'python']) {
    try {
      const folder = execFileSync(python, ['-c', ask], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 20_000 }).trim();
      if (folder) return folder;
    } catch {
      // no such Python
    }
  }
  return undefined;
}

/** Of what `tensorflow[and-cuda]` brings as packages `nvidia/NAME/lib`, the libraries that TensorFlow uses. */
function nvidiaLibraries(sitePackages: string): string[] {
  const root = join(sitePackages, 'nvidia');
  if (!existsSync(root)) return [];
  const used = /^lib(cudart|cublas|cublasLt|cudnn\w*|cufft|curand|cusolver|cusparse|cupti|nccl|nvJitLink|nvrtc)\.so\.\d+/;
  return readdirSync(root)
    .map(name => join(root, name, 'lib'))
    .filter(existsSync)
    .flatMap(folder => readdirSync(folder).map(name => join(folder, name)))
    .filter(file => used.test(basename(file)));
}
