import { bytesFieldsOf } from '@wsss/numpy/protobuf';
import type { CApi } from './c-api.js';
import { libc } from './libc.js';
import type { Status } from './status.js';

/** What TensorFlow says of an operation (`OpDef`), as far as a recording needs it. */
export interface OpDefinition {
  /** Its inputs in order. A list's length is in the attribute `numberAttribute`, or follows from its types (`list`). */
  inputs: { list: boolean; numberAttribute?: string }[];
  /** Its attributes and their kinds, e.g. `T` → `type`, `strides` → `list(int)`. */
  attributes: Map<string, string>;
}

export function readOpDefinition(c: CApi, graph: number, name: string, status: Status): OpDefinition {
  const buffer = c.TF_NewBuffer();
  try {
    c.TF_GraphGetOpDef(graph, name, buffer, status.pointer);
    status.check(name);
    const head = new BigUint64Array(2); // TF_Buffer: data, length
    libc.copyOut(head, buffer, 16);
    const bytes = new Uint8Array(Number(head[1]));
    libc.copyOut(bytes, Number(head[0]), bytes.length);
    return parseOpDefinition(bytes);
  } finally {
    c.TF_DeleteBuffer(buffer);
  }
}

/** Parses an `OpDef` protocol buffer: field 2 is an input, field 4 an attribute. */
export function parseOpDefinition(bytes: Uint8Array): OpDefinition {
  const definition: OpDefinition = { inputs: [], attributes: new Map() };
  for (const [field, value] of bytesFieldsOf(bytes)) {
    if (field === 2) {
      const input = new Map(bytesFieldsOf(value)); // ArgDef: 5 number_attr, 6 type_list_attr
      const [numberAttribute, types] = [input.get(5), input.get(6)];
      definition.inputs.push({ list: !!(numberAttribute?.length || types?.length), numberAttribute: decode(numberAttribute) || undefined });
    } else if (field === 4) {
      const attribute = new Map(bytesFieldsOf(value)); // AttrDef: 1 name, 2 type
      definition.attributes.set(decode(attribute.get(1)), decode(attribute.get(2)));
    }
  }
  return definition;
}

const decode = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
