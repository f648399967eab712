const parts = [
  '..', '.', '', '/', '\\', 'C:', '~', 'con', 'NUL.png', 'lpt1', 'victim', 'keep', 'a', 'A', 'é', 'e\u0301', 'ß', '\u0000', '\n', '\r', '\u001b[2J',
  '\u202e', '\u200d', '\ud800', ' ', '.png', '.jpg', '.tmp', '-', '%2e%2e', '%00', '#', '?', '*', '|', '"', "'", '<script>', '$(x)', '`x`',
  '__proto__', 'constructor', 'labels', 'index.html', 'x'.repeat(260), '図', '👩‍🚀',
]; // biome-ignore format: a list
/** Names from a data set that mean harm, all different; the same for a seed. */
export function hostileNames(count: number, seed: number): string[] {
  let state = seed;
  const random = (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), state | 1);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
  const names = new Set<string>();
  while (names.size < count) {
    const joint = ['/', '', '\\', '/../', '.'][random(5)]!;
    names.add(Array.from({ length: 1 + random(6) }, () => parts[random(parts.length)]!).join(joint) + (random(3) ? random(1000) : ''));
  }
  return [...names];
}
