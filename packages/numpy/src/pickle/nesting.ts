import type { Refuse } from '../file-format-error.js';

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
 */
export function checkNesting(root: unknown, limit: number, contents: Contents, refuse: Refuse): void {
  const depths = new Map<unknown, number>(); // 0 while the inside of a container is being looked at
  const path: { value: unknown; inside: Iterator<unknown>; depth: number }[] = [];
  const enter = (value: unknown) => {
    depths.set(value, 0);
    path.push({ value, inside: contents(value)[Symbol.iterator](), depth: 1 });
    if (path.length > limit) refuse(`it is nested more than ${limit} deep`);
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
      if (depth === undefined) enter(value);
      else if (depth === 0) refuse('it contains itself');
      else here.depth = Math.max(here.depth, depth + 1);
    }
    if (here.depth > limit) refuse(`it is nested more than ${limit} deep`);
  }
}
