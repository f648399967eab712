import type { Refuse } from '../file-format-error.js';
import { OpaqueObject } from './opaque.js';

const FAULT_LIMIT = 1000;

/** The values directly inside a value: none for what is no container. */
export type Contents = (value: unknown) => Iterable<unknown>;

/** What is inside lists, tuples and dicts (keys and values). */
export function plainContents(value: unknown): Iterable<unknown> {
  if (value instanceof Map) return mapContents(value);
  return Array.isArray(value) ? value : [];
}

function* mapContents(map: Map<unknown, unknown>): Generator<unknown> {
  for (const entry of map) yield* entry;
}

/**
 * Makes sure that a value does not contain itself and is nested at most `limit` deep, so that it can be walked by recursion. Its parts
 * may be shared, so that a walk may still meet far more values than there are.
 *
 * @param opaque whether what is wrong is replaced in its list or dict by an opaque object that says so, rather than refused.
 */
export function checkNesting(root: unknown, limit: number, contents: Contents, refuse: Refuse, opaque = false): void {
  const depths = new Map<unknown, number>(); // 0 while the inside of a container is being looked at
  const path: { value: unknown; inside: Iterator<unknown>; depth: number }[] = [];
  const enter = (value: unknown) => {
    depths.set(value, 0);
    path.push({ value, inside: contents(value)[Symbol.iterator](), depth: 1 });
  };
  const tooDeep = `it is nested more than ${limit} deep`;
  let faults = 0;
  const fault = (what: string, container: unknown, value: unknown) => {
    if (!opaque || ++faults > FAULT_LIMIT || !replaced(container, value, new OpaqueObject(what))) refuse(what);
  };
  enter(root);
  for (let here = path.at(-1); here; here = path.at(-1)) {
    const { done, value } = here.inside.next();
    if (done) {
      path.pop();
      depths.set(here.value, here.depth);
      const outer = path.at(-1);
      if (outer) outer.depth = Math.max(outer.depth, here.depth + 1);
    } else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
      const depth = depths.get(value);
      if (depth === 0) fault('it contains itself', here.value, value);
      else if (path.length + (depth ?? 1) > limit) fault(tooDeep, here.value, value);
      else if (depth === undefined) enter(value);
      else here.depth = Math.max(here.depth, depth + 1);
    }
  }
}

/** Puts something else in the place of a value in a list, or of one in a dict. @returns whether it was there, and not as a key. */
function replaced(container: unknown, value: unknown, other: unknown): boolean {
  if (container instanceof Map) {
    if (container.has(value)) return false;
    for (const [key, item] of container) if (item === value) container.set(key, other);
    return true;
  }
  if (!Array.isArray(container)) return false;
  container.forEach((item, i) => {
    if (item === value) container[i] = other;
  });
  return true;
}
