/** Names in their order, each with its type: `i32`, `f32`, `usize` or a struct, for its address. */
type Fields = Readonly<Record<string, string>>;

const conversion = new DataView(new ArrayBuffer(4));

/**
 * The parameters of a compiled module's functions and the fields of its structs, all words of four bytes, by name. scripts/build-wasm.mjs took them from
 * AssemblyScript and put them into the module, so that neither side counts places.
 */
export class Layout {
  readonly functions: Readonly<Record<string, Fields>>;
  readonly structs: Readonly<Record<string, Fields>>;

  constructor(module: WebAssembly.Module) {
    const [section] = WebAssembly.Module.customSections(module, 'layout');
    const { functions, structs } = JSON.parse(new TextDecoder().decode(section));
    this.functions = functions;
    this.structs = structs;
  }

  /** Arguments of a function in its order. @throws Error unless each has a value, and nothing else. */
  argumentsOf(name: string, values: Readonly<Record<string, number>>): number[] {
    return inOrder(name, this.fieldsOf('function', name), values);
  }

  /** Fields of a struct in their order, as bits. @throws Error unless each has a value, and nothing else. */
  wordsOf(name: string, values: Readonly<Record<string, number>>): number[] {
    const fields = this.fieldsOf('struct', name);
    const types = Object.values(fields);
    return inOrder(name, fields, values).map((value, i) => (types[i] === 'f32' ? bitsOf(value) : value));
  }

  /** Which word of a struct a field is. */
  place(name: string, field: string): number {
    const place = Object.keys(this.fieldsOf('struct', name)).indexOf(field);
    if (place < 0) throw new Error(`${name} has no ${field}.`);
    return place;
  }

  private fieldsOf(kind: 'function' | 'struct', name: string): Fields {
    const fields = this[`${kind}s`][name];
    if (!fields) throw new Error(`There is no ${kind} ${name} in the compiled module.`);
    return fields;
  }
}

function inOrder(name: string, fields: Fields, values: Readonly<Record<string, number>>): number[] {
  const ordered: number[] = [];
  for (const field in fields) {
    const value = values[field];
    if (value === undefined) throw new Error(`${name} lacks its ${field}.`);
    ordered.push(value);
  }
  for (const given in values) if (!(given in fields)) throw new Error(`${name} has no ${given}.`);
  return ordered;
}

/** The bits of a float32 number. */
function bitsOf(value: number): number {
  conversion.setFloat32(0, value);
  return conversion.getInt32(0);
}
