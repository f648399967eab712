import type { AttributeSetters } from './c-api.js';

/** The numbers that TensorFlow.js' kernels for Node use for kinds of attributes (`TF_AttrType`). */
export const ATTRIBUTE = { STRING: 0, INT: 1, FLOAT: 2, BOOL: 3, TYPE: 4, SHAPE: 5, RESOURCE: 8 } as const;

/** An attribute as TensorFlow.js' kernels for Node give it. */
export interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

/**
 * Sets an attribute of an operation that will be executed, or of a node that is being added to a graph.
 *
 * @param set the functions for the one or the other
 * @param target the operation or the node
 * @param name the attribute's name in C memory
 * @throws Error for kinds that no kernel of TensorFlow.js' gives
 */
export function setAttribute(set: AttributeSetters, target: number, name: number, attribute: Attribute): void {
  const { type, value } = attribute;
  const list = Array.isArray(value);
  if (type === ATTRIBUTE.TYPE) set.Type(target, name, value as number);
  else if (type === ATTRIBUTE.BOOL && !list) set.Bool(target, name, value ? 1 : 0);
  else if (type === ATTRIBUTE.INT && list) set.IntList(target, name, BigInt64Array.from(value as number[], BigInt), value.length);
  else if (type === ATTRIBUTE.INT) set.Int(target, name, value as number);
  else if (type === ATTRIBUTE.FLOAT && !list) set.Float(target, name, value as number);
  else if (type === ATTRIBUTE.STRING) {
    const bytes = Buffer.from(value as string);
    set.String(target, name, bytes, bytes.length);
  } else throw new Error(`Attribute ${attribute.name}: ${list ? 'lists of ' : ''}kind ${type} ${list ? 'are' : 'is'} not supported`);
}
