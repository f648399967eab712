import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { koffi, type LibraryHandle } from './koffi.js';
import type { Launch, MpiInterface } from './launcher.js';

/** Address in this process's memory. */
export type Address = bigint;

const FUNNELED = 1;
const VERSION_LENGTH = 8192;

/** Parameters of the functions in use; `handle` is a communicator, datatype, operation or error handler. */
const functions = {
  MPI_Init_thread: ['address', 'address', 'int', 'address'],
  MPI_Finalize: [],
  MPI_Abort: ['handle', 'int'],
  MPI_Get_library_version: ['address', 'address'],
  MPI_Error_string: ['int', 'address', 'address'],
  MPI_Comm_set_errhandler: ['handle', 'handle'],
  MPI_Comm_rank: ['handle', 'address'],
  MPI_Comm_size: ['handle', 'address'],
  MPI_Comm_dup: ['handle', 'address'],
  MPI_Comm_split_type: ['handle', 'int', 'int', 'handle', 'address'],
  MPI_Comm_free: ['address'],
  MPI_Bcast: ['address', 'int', 'handle', 'int', 'handle'],
  MPI_Allreduce: ['address', 'address', 'int', 'handle', 'handle', 'handle'],
  MPI_Iallreduce: ['address', 'address', 'int', 'handle', 'handle', 'handle', 'address'],
  MPI_Allgather: ['address', 'int', 'handle', 'address', 'int', 'handle', 'handle'],
  MPI_Alltoall: ['address', 'int', 'handle', 'address', 'int', 'handle', 'handle'],
  MPI_Gatherv: ['address', 'int', 'handle', 'address', 'address', 'address', 'handle', 'int', 'handle'],
  MPI_Isend: ['address', 'int', 'handle', 'int', 'int', 'handle', 'address'],
  MPI_Irecv: ['address', 'int', 'handle', 'int', 'int', 'handle', 'address'],
  MPI_Test: ['address', 'address', 'address'],
  MPI_Wait: ['address', 'address'],
  MPI_Cancel: ['address'],
} as const satisfies Record<string, readonly ('address' | 'handle' | 'int')[]>;

type Handle = number | bigint;

/** What the two interfaces write differently. */
interface Constants {
  handle: 'int' | 'intptr_t';
  world: Handle;
  types: Record<'float32' | 'float64' | 'byte', Handle>;
  operations: Record<'sum' | 'max', Handle>;
  errorsReturn: Handle;
  noInfo: Handle;
  inPlace: Address;
  ignoreStatus: Address;
  sharedMemory: number;
}

function constantsOf(library: LibraryHandle): { kind: MpiInterface; constants: Constants } {
  const symbol = (name: string): Handle => koffi.address(library.symbol(name));
  try {
    return {
      kind: 'Open MPI',
      constants: {
        handle: 'intptr_t',
        world: symbol('ompi_mpi_comm_world'),
        types: { float32: symbol('ompi_mpi_float'), float64: symbol('ompi_mpi_double'), byte: symbol('ompi_mpi_byte') },
        operations: { sum: symbol('ompi_mpi_op_sum'), max: symbol('ompi_mpi_op_max') },
        errorsReturn: symbol('ompi_mpi_errors_return'),
        noInfo: symbol('ompi_mpi_info_null'),
        inPlace: 1n,
        ignoreStatus: 0n,
        sharedMemory: 0,
      },
    };
  } catch {
    // The numbers of the MPICH ABI, which MPICH, Intel MPI, MVAPICH and Cray MPI share.
    return {
      kind: 'MPICH',
      constants: {
        handle: 'int',
        world: 0x44000000,
        types: { float32: 0x4c00040a, float64: 0x4c00080b, byte: 0x4c00010d },
        operations: { sum: 0x58000003, max: 0x58000001 },
        errorsReturn: 0x54000001,
        noInfo: 0x1c000000,
        inPlace: -1n,
        ignoreStatus: 1n,
        sharedMemory: 1,
      },
    };
  }
}

/** An MPI library, loaded: its functions, which throw where MPI reports an error, and its constants. */
export class MpiLibrary {
  readonly kind: MpiInterface;
  readonly constants: Constants;
  private readonly declared: Record<string, (...args: (number | bigint)[]) => number>;

  constructor(
    library: LibraryHandle,
    /** Path or name that it was loaded by. */
    readonly file: string,
  ) {
    const { kind, constants } = constantsOf(library);
    this.kind = kind;
    this.constants = constants;
    const types = { address: 'intptr_t', handle: constants.handle, int: 'int' };
    const typesOf = (parameters: readonly (keyof typeof types)[]) => parameters.map(kind => types[kind]);
    this.declared = Object.fromEntries(
      Object.entries(functions).map(([name, parameters]) => [name, library.func(name, 'int', typesOf(parameters))]),
    );
  }

  /** Calls a function of MPI. @throws Error with MPI's own words if it fails. */
  call(name: keyof typeof functions, ...args: (number | bigint)[]): void {
    const code = this.declared[name]!(...args);
    if (code !== 0) throw new Error(`${name}: ${this.errorText(code)}`);
  }

  /** Starts MPI. Only the thread that does so may call it from then on. @returns the library's name and version. */
  start(): string {
    const level = new Int32Array(16);
    this.call('MPI_Init_thread', 0n, 0n, FUNNELED, addressOf(level));
    if (level[0]! < FUNNELED) throw new Error(`${this.file} was built without threads; MPI is called from a thread here`);
    this.call('MPI_Comm_set_errhandler', this.constants.world, this.constants.errorsReturn);
    const text = Buffer.alloc(VERSION_LENGTH);
    const length = new Int32Array(16);
    this.call('MPI_Get_library_version', addressOf(text), addressOf(length));
    return describeVersion(text.toString('utf8', 0, length[0]).split('\0')[0]!);
  }

  /** Rank and size in a communicator. */
  placeIn(communicator: Handle): { rank: number; size: number } {
    const value = new Int32Array(16);
    this.call('MPI_Comm_rank', communicator, addressOf(value));
    const rank = value[0]!;
    this.call('MPI_Comm_size', communicator, addressOf(value));
    return { rank, size: value[0]! };
  }

  /** Rank and size among the processes that share this machine's memory. */
  placeOnMachine(): { rank: number; size: number } {
    const { world, sharedMemory, noInfo } = this.constants;
    const place = new BigInt64Array(8);
    this.call('MPI_Comm_split_type', world, sharedMemory, 0, noInfo, addressOf(place));
    const found = this.placeIn(this.handleIn(place));
    this.call('MPI_Comm_free', addressOf(place));
    return found;
  }

  /** A communicator of its own for the same processes, whose messages meet no others. */
  duplicateWorld(): Handle {
    const place = new BigInt64Array(8);
    this.call('MPI_Comm_dup', this.constants.world, addressOf(place));
    return this.handleIn(place);
  }

  /** Whether the operation of a request has ended. @param flag 16 int32 to write to. */
  isDone(request: Address, flag: Int32Array): boolean {
    this.call('MPI_Test', request, addressOf(flag), this.constants.ignoreStatus);
    return flag[0] !== 0;
  }

  /** The values at an address. */
  view(address: Address, length: number, type: 'float32' | 'float64'): Float32Array | Float64Array {
    const Values = type === 'float32' ? Float32Array : Float64Array;
    return new Values(koffi.view(address, length * Values.BYTES_PER_ELEMENT));
  }

  private handleIn(place: BigInt64Array): Handle {
    return this.constants.handle === 'int' ? Number(BigInt.asIntN(32, place[0]!)) : place[0]!;
  }

  private errorText(code: number): string {
    const text = Buffer.alloc(VERSION_LENGTH);
    const length = new Int32Array(16);
    return this.declared.MPI_Error_string!(code, addressOf(text), addressOf(length)) === 0
      ? text.toString('utf8', 0, length[0]).trim().replace(/\s+/g, ' ')
      : `error ${code}`;
  }
}

/** Where an array's values lie, for as long as the array lives: reading `buffer` takes small arrays out of the collector's hands. */
export function addressOf(array: NodeJS.ArrayBufferView): Address {
  void array.buffer;
  return koffi.address(array);
}

/** `Open MPI v4.1.4`, `MPICH 4.0.2`, `Intel MPI 2021.9` from the paragraphs that libraries call their version. */
function describeVersion(text: string): string {
  const mpich = /MPICH Version:\s*(\S+)/.exec(text)?.[1];
  if (mpich) return `MPICH ${mpich}`;
  const intel = /Intel\(R\) MPI Library (\S+)/.exec(text)?.[1];
  return intel ? `Intel MPI ${intel}` : text.split(/[,\n]/)[0]!.trim();
}

/** File names under which the libraries are installed, best first. */
function libraryNames(kind: MpiInterface): string[] {
  if (process.platform === 'darwin')
    return kind === 'Open MPI' ? ['libmpi.40.dylib', 'libmpi.dylib'] : ['libmpi.12.dylib', 'libmpich.12.dylib', 'libmpi.dylib'];
  return kind === 'Open MPI' ? ['libmpi.so.40', 'libmpi.so.20', 'libmpi.so'] : ['libmpich.so.12', 'libmpi.so.12', 'libmpi.so'];
}

/** Folders where a library may lie that the system's loader does not find: beside the launcher, and those that MPI's own variables name. */
function libraryFolders(): string[] {
  const { OPAL_PREFIX, I_MPI_ROOT, MPI_HOME, MPI_ROOT, PATH = '' } = process.env;
  const launcher = PATH.split(delimiter)
    .map(folder => join(folder, 'mpirun'))
    .find(existsSync);
  const prefixes = [OPAL_PREFIX, I_MPI_ROOT, MPI_HOME, MPI_ROOT, launcher && dirname(dirname(realpathSync(launcher)))];
  return prefixes.filter(prefix => prefix).flatMap(prefix => ['lib', 'lib/release', 'lib64'].map(folder => join(prefix!, folder)));
}

/**
 * Loads the MPI library that fits the launcher: the file that `WSSS_MPI` names, else the one that the system's loader finds, else one
 * beside the launcher.
 *
 * @throws Error with every place that was tried.
 */
export function loadMpi({ launcher, expects, worldSize }: Launch): MpiLibrary {
  const named = process.env.WSSS_MPI;
  const kinds: MpiInterface[] = expects ? [expects] : ['Open MPI', 'MPICH'];
  const names = [...new Set(kinds.flatMap(kind => libraryNames(kind)))];
  const files = named
    ? [named]
    : [...names, ...libraryFolders().flatMap(folder => names.map(name => join(folder, name)).filter(file => existsSync(file)))];
  const reasons: string[] = [];
  for (const file of files) {
    try {
      const handle = koffi.load(file, { global: true }); // plug-ins of Open MPI look for its symbols
      const library = new MpiLibrary(handle, file);
      if (named || kinds.includes(library.kind)) return library;
      reasons.push(`${file} is ${library.kind}`);
      handle.unload();
    } catch (error) {
      reasons.push((error as Error).message.replace(/^Failed to load shared library: /, ''));
    }
  }
  throw new Error(
    `${launcher} started ${worldSize} processes, but ${expects ?? 'an MPI'} library cannot be loaded (${reasons.join('; ')}). ` +
      `Name its file: WSSS_MPI=/path/to/${names[0]}`,
  );
}

/** Ends this process, whatever its threads do, with exit code 1. Node's own end would wait for a thread that is inside MPI forever. */
export function exitAtOnce(): never {
  koffi.load(null).func('_exit', 'void', ['int'])(1);
  throw new Error('unreachable');
}
