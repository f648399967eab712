/** Names that stand for one split, as tools call its folder or list. */
const alike = [
  ['train', 'training', 'trn'],
  ['val', 'valid', 'validation', 'dev'],
  ['test', 'testing', 'tst'],
];

/** What splits are called in folders of data; the first of each kind is ours. */
export const splitNames: readonly string[] = alike.flat();

const plain = (name: string) => name.toLowerCase().replace(/[-_ ]?(\d{4})$/, '');
const kindOf = (name: string) => alike.find(names => names.includes(plain(name)));

/** Whether a folder or list of this name is a split: `train`, `Valid`, `val2017`. */
export const isSplitName = (name: string): boolean => kindOf(name) !== undefined;

/**
 * Which of the splits that are there is meant: the one of this name, or the only one that is called alike (`valid` for `val`).
 *
 * @throws Error if two are called alike
 */
export function splitMeant(wanted: string, there: readonly string[], where: string): string | undefined {
  if (there.includes(wanted)) return wanted;
  const kind = kindOf(wanted);
  const found = there.filter(name => kind && kindOf(name) === kind);
  if (found.length > 1) throw new Error(`${where} has ${found.join(' and ')}, each of which may be ${wanted}; say which`);
  return found[0];
}
