/** What stands for an object of an unknown class, or for the class: its name alone. Nothing of it was executed, and nothing is kept. */
export class OpaqueObject {
  /** @param what Python's full name of the class, such as `argparse.Namespace`, or what else it is. */
  constructor(readonly what: string) {}

  toString(): string {
    return this.what;
  }
}

/** Modules whose functions run programs, open files or reach into others: no data is made of them. */
const actingModules = new Set('os posix nt subprocess sys pty shutil socket importlib runpy ctypes webbrowser pickle marshal'.split(' '));

/** And such functions among Python's built-in ones. */
const actingBuiltins = new Set(
  'eval exec execfile compile open __import__ getattr setattr delattr input breakpoint globals locals vars apply'.split(' '),
);

/** Whether a name can only be there for something to be done. A pickle that has one is not merely of an unknown kind. */
export function isActing(module: string, name: string): boolean {
  return module === 'builtins' ? actingBuiltins.has(name) : actingModules.has(module);
}

/**
 * What calling an unknown class or function gives. Where a helper of Python makes the object (`copyreg._reconstructor`, or `getattr` for
 * members of an enumeration), the class is among its arguments.
 */
export function calledOpaque({ what }: OpaqueObject, args: readonly unknown[]): OpaqueObject {
  const [first, second] = args;
  if (!(first instanceof OpaqueObject)) return new OpaqueObject(what);
  if (what === 'builtins.getattr' && typeof second === 'string') return new OpaqueObject(`${first.what}.${second}`.slice(0, 200));
  return new OpaqueObject(what.startsWith('copyreg.') ? first.what : what);
}

/** Python 2's names of two modules, which protocol 2 still writes. */
export function presentName(module: string): string {
  return { __builtin__: 'builtins', copy_reg: 'copyreg' }[module] ?? module;
}
