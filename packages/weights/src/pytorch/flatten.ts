import type { Refuse } from '@wsss/numpy';

const VALUE_LIMIT = 200_000;
const NAME_LIMIT = 1000; // characters
const LIST_LIMIT = 100;

/**
 * The leaves of nested dicts and lists by their path: `{model: {norm: [x]}}` gives `model.norm.0`. Keys that are no text are written as
 * Python prints them (`None`, `(1, 2)`); where one of them looks like another key of its dict, its type follows it: `1 (number)`.
 *
 * A dict or list of more than 100 items without anything that `isKept` is one leaf.
 *
 * @param value plain values as `unpickle` gives them, at most 64 levels deep; parts may be shared.
 * @param isLeaf which objects are leaves. Numbers, booleans, text and null are.
 * @param isKept which leaves are to be found wherever they are.
 * @param refuse throws for names that are the same, and for what repeats shared parts without end.
 */
export function flatten(
  value: unknown,
  isLeaf: (value: object) => boolean,
  isKept: (value: unknown) => boolean,
  refuse: Refuse,
): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  const holdsKept = keeper(isKept);
  const isContainer = (item: unknown): item is unknown[] | Map<unknown, unknown> =>
    (Array.isArray(item) || item instanceof Map) &&
    !isLeaf(item) &&
    !((item instanceof Map ? item.size : item.length) > LIST_LIMIT && !holdsKept(item));
  let visited = 0;
  const visit = (item: unknown, path: string) => {
    if (++visited > VALUE_LIMIT) refuse(`it holds more than ${VALUE_LIMIT} values`);
    if (path.length > NAME_LIMIT) refuse(`a name in it has more than ${NAME_LIMIT} characters`);
    if (!isContainer(item)) {
      if (leaves.has(path)) refuse(`it holds two values called ${JSON.stringify(path)}`);
      leaves.set(path, item);
      return;
    }
    for (const [key, inner] of item.entries()) {
      const shown = describeKey(key);
      const name = typeof key !== 'string' && item instanceof Map && item.has(shown) ? `${shown} (${typeof key})` : shown;
      if (path.length + name.length < NAME_LIMIT || holdsKept(inner)) visit(inner, path ? `${path}.${name}` : name);
    }
  };
  visit(value, '');
  return leaves;
}

/** Tells whether a value is, or somewhere contains, what is to be kept. */
function keeper(isKept: (value: unknown) => boolean): (value: unknown) => boolean {
  const known = new Map<unknown, boolean>();
  const holds = (value: unknown): boolean => {
    if (isKept(value)) return true;
    if (!Array.isArray(value) && !(value instanceof Map)) return false;
    let found = known.get(value);
    if (found === undefined) {
      found = (value instanceof Map ? [...value.values()] : value).some(holds);
      known.set(value, found);
    }
    return found;
  };
  return holds;
}

/** A key of a dict as text; of tuples at most 8 items and 3 levels. */
function describeKey(key: unknown, levels = 3): string {
  if (key === null) return 'None';
  if (typeof key === 'boolean') return key ? 'True' : 'False';
  if (key instanceof Uint8Array) return `${key.length} bytes`;
  if (!Array.isArray(key)) return `${key}`;
  if (levels === 0) return '(…)';
  const items = key.slice(0, 8).map(item => (typeof item === 'string' ? `'${item}'` : describeKey(item, levels - 1)));
  return `(${items.join(', ')}${key.length > 8 ? ', …' : key.length === 1 ? ',' : ''})`;
}

/** What is no tensor, as text for people: at most 200 entries of at most 200 characters. */
export function describeLeaves(leaves: Iterable<[string, unknown]>): Record<string, string> {
  const describe = (value: unknown) => {
    if (value instanceof Uint8Array) return `${value.length} bytes`;
    if (Array.isArray(value) || value instanceof Map) return `${value instanceof Map ? value.size : value.length} values`;
    return `${value}`.slice(0, 200);
  };
  const shown = [...leaves].slice(0, 200);
  return Object.fromEntries(shown.map(([path, value]) => [path, describe(value)]));
}
