/**
 * What a function takes or a struct holds: words of four bytes, by name and type (`i32`, `f32`, `usize`, or a struct, for its address), in
 * their order.
 */
interface Words {
  owner: string;
  names: readonly string[];
  types: readonly string[];
}

/** Values by name. */
export type Named<Value = number> = Readonly<Record<string, Value>>;

const conversion = new DataView(new ArrayBuffer(4));

/**
 * The parameters of a compiled module's functions and the fields of its structs, all words of four bytes, by name. scripts/build-wasm.mjs
 * took them from AssemblyScript and put them into the module, so that neither side counts places.
 */
export class Layout {
  /** The module's functions, in the order that all threads know them by. */
  readonly functions: readonly string[];
  private readonly parameters: ReadonlyMap<string, Words>;
  private readonly fields: ReadonlyMap<string, Words>;

  /** @param file names the module in the error. @throws Error if an older version of the script compiled it. */
  constructor(module: WebAssembly.Module, file = 'The compiled module') {
    const [section] = WebAssembly.Module.customSections(module, 'layout');
    if (!section) throw new Error(`${file} is of an older build: run the build script of its package again.`);
    const { functions, structs } = JSON.parse(new TextDecoder().decode(section)) as Record<string, Named<Named<string>>>;
    this.parameters = wordsByName(functions!);
    this.fields = wordsByName(structs!);
    this.functions = [...this.parameters.keys()];
  }

  /** Arguments of a function in its order. @throws Error unless each has a value, and nothing else. */
  argumentsOf(name: string, values: Named): number[] {
    return inOrder(found(this.parameters, name), values, Number);
  }

  /**
   * Fields of a struct in their order, as bits.
   *
   * @param addressOf the word of a value that is no number.
   * @throws Error unless each field has a value, and nothing else.
   */
  wordsOf<Value = number>(name: string, values: Named<Value | number>, addressOf: (value: Value) => number = Number): number[] {
    const fields = found(this.fields, name);
    const words = inOrder(fields, values, addressOf);
    for (let i = 0; i < words.length; i++) if (fields.types[i] === 'f32') words[i] = bitsOf(words[i]!);
    return words;
  }

  /** The struct whose address a function takes first. */
  structOf(name: string): string {
    return found(this.parameters, name).types[0]!;
  }

  /** Which word of a struct a field is. */
  place(name: string, field: string): number {
    const place = found(this.fields, name).names.indexOf(field);
    if (place < 0) throw new Error(`${name} has no ${field}.`);
    return place;
  }
}

const wordsByName = (all: Named<Named<string>>): ReadonlyMap<string, Words> =>
  new Map(Object.entries(all).map(([owner, words]) => [owner, { owner, names: Object.keys(words), types: Object.values(words) }]));

function found(all: ReadonlyMap<string, Words>, name: string): Words {
  const words = all.get(name);
  if (!words) throw new Error(`The compiled module has no ${name}. If that is new, run the build script of its package again.`);
  return words;
}

function inOrder<Value>({ owner, names }: Words, values: Named<Value | number>, addressOf: (value: Value) => number): number[] {
  const ordered: number[] = [];
  for (const name of names) {
    const value = values[name];
    if (value === undefined) throw new Error(`${owner} lacks its ${name}.`);
    ordered.push(typeof value === 'number' ? value : addressOf(value));
  }
  const given = Object.keys(values);
  if (given.length > names.length) throw new Error(`${owner} has no ${given.find(name => !names.includes(name))}.`);
  return ordered;
}

/** The bits of a float32 number. */
function bitsOf(value: number): number {
  conversion.setFloat32(0, value);
  return conversion.getInt32(0);
}
