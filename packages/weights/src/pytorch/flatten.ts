import type { Refuse } from '@wsss/numpy';

const VALUE_LIMIT = 200_000;
const NAME_LIMIT = 1000; // characters

/**
 * The leaves of nested dicts and lists by their path: `{model: {norm: [x]}}` gives `model.norm.0`.
 *
 * @param value plain values as `unpickle` gives them, at most 64 levels deep; parts may be shared.
 * @param isLeaf which objects are leaves. Numbers, booleans, text and null are.
 * @param refuse throws for names that are no text or number, that are the same, and for what repeats shared parts without end.
 */
export function flatten(value: unknown, isLeaf: (value: object) => boolean, refuse: Refuse): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  let visited = 0;
  const visit = (item: unknown, path: string) => {
    if (++visited > VALUE_LIMIT) refuse(`it holds more than ${VALUE_LIMIT} values`);
    if (path.length > NAME_LIMIT) refuse(`a name in it has more than ${NAME_LIMIT} characters`);
    if (typeof item !== 'object' || item === null || isLeaf(item) || item instanceof Uint8Array) {
      if (leaves.has(path)) refuse(`it holds two values called ${JSON.stringify(path)}`);
      leaves.set(path, item);
      return;
    }
    const items: Iterable<[unknown, unknown]> =
      item instanceof Map ? item : Array.isArray(item) ? item.entries() : refuse('it holds an unknown object');
    for (const [key, inner] of items) {
      if (typeof key !== 'string' && typeof key !== 'number') refuse(`a dict in ${path || 'it'} has keys that are no names`);
      visit(inner, path ? `${path}.${key}` : `${key}`);
    }
  };
  visit(value, '');
  return leaves;
}

/** What is no tensor, as text for people: at most 200 entries of at most 200 characters. */
export function describeLeaves(leaves: Iterable<[string, unknown]>): Record<string, string> {
  const describe = (value: unknown) => (value instanceof Uint8Array ? `${value.length} bytes` : `${value}`).slice(0, 200);
  const shown = [...leaves].slice(0, 200);
  return Object.fromEntries(shown.map(([path, value]) => [path, describe(value)]));
}
