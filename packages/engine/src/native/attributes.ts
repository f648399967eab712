import type { CApi } from './c-api.js';
import { ATTRIBUTE } from './dtypes.js';
import type { Status } from './status.js';

/** An attribute as TensorFlow.js' kernels for Node give it. */
export interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

const longs = (values: number[]) => BigInt64Array.from(values, value => BigInt(value));
const booleans = (values: boolean[]) => Uint8Array.from(values, value => (value ? 1 : 0));

/** Sets an attribute of an operation that will be executed; `name` is the attribute's name in C memory. */
export function setEagerAttribute(c: CApi, op: number, name: number, { type, value }: Attribute, status: Status): void {
  const list = Array.isArray(value) ? value : undefined;
  if (type === ATTRIBUTE.TYPE) c.TFE_OpSetAttrType(op, name, value as number);
  else if (type === ATTRIBUTE.BOOL && list) c.TFE_OpSetAttrBoolList(op, name, booleans(list), list.length);
  else if (type === ATTRIBUTE.BOOL) c.TFE_OpSetAttrBool(op, name, value ? 1 : 0);
  else if (type === ATTRIBUTE.INT && list) c.TFE_OpSetAttrIntList(op, name, longs(list), list.length);
  else if (type === ATTRIBUTE.INT) c.TFE_OpSetAttrInt(op, name, value as number);
  else if (type === ATTRIBUTE.FLOAT && list) c.TFE_OpSetAttrFloatList(op, name, Float32Array.from(list), list.length);
  else if (type === ATTRIBUTE.FLOAT) c.TFE_OpSetAttrFloat(op, name, value as number);
  else if (type === ATTRIBUTE.STRING) {
    const bytes = Buffer.from(value as string);
    c.TFE_OpSetAttrString(op, name, bytes, bytes.length);
  } else if (type === ATTRIBUTE.SHAPE && list) {
    c.TFE_OpSetAttrShape(op, name, longs(list), list.length, status.pointer);
    status.check(`Attribute [${list}]`);
  } else throw new Error(`Attributes of kind ${type} are not supported`);
}

/** Sets an attribute of a node that is being added to a graph. */
export function setNodeAttribute(c: CApi, node: number, { name, type, value }: Attribute): void {
  const list = Array.isArray(value) ? value : undefined;
  if (type === ATTRIBUTE.TYPE) c.TF_SetAttrType(node, name, value as number);
  else if (type === ATTRIBUTE.BOOL && list) c.TF_SetAttrBoolList(node, name, booleans(list), list.length);
  else if (type === ATTRIBUTE.BOOL) c.TF_SetAttrBool(node, name, value ? 1 : 0);
  else if (type === ATTRIBUTE.INT && list) c.TF_SetAttrIntList(node, name, longs(list), list.length);
  else if (type === ATTRIBUTE.INT) c.TF_SetAttrInt(node, name, value as number);
  else if (type === ATTRIBUTE.FLOAT && list) c.TF_SetAttrFloatList(node, name, Float32Array.from(list), list.length);
  else if (type === ATTRIBUTE.FLOAT) c.TF_SetAttrFloat(node, name, value as number);
  else if (type === ATTRIBUTE.STRING) {
    const bytes = Buffer.from(value as string);
    c.TF_SetAttrString(node, name, bytes, bytes.length);
  } else if (type === ATTRIBUTE.SHAPE && list) c.TF_SetAttrShape(node, name, longs(list), list.length);
  else throw new Error(`Attribute ${name}: kind ${type} is not supported`);
}
