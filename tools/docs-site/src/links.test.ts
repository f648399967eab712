import { describe, expect, it } from 'vitest';
import { moveLinks, type Places } from './links.js';

const files = ['docs/a.md', 'docs/b.md', 'packages/mcc/README.md', 'packages/mcc/src/x.ts', 'docs/images/p.png', 'LICENSE'];
const places: Places = {
  pages: new Map([
    ['docs/a.md', 'docs/a.md'],
    ['docs/b.md', 'docs/b.md'],
    ['packages/mcc/README.md', 'packages/mcc/index.md'],
  ]),
  kind: path => (files.includes(path) ? 'file' : files.some(file => file.startsWith(`${path}/`)) ? 'folder' : undefined),
  source: 'https://example.org/main',
};
const moved = (text: string, path = 'docs/a.md') => moveLinks(text, path, places);

describe('moveLinks', () => {
  it('leads to pages of the site, by file or by folder, and keeps anchors', () => {
    expect(moved('[b](b.md#x), [m](../packages/mcc/README.md), [`m`](../packages/mcc#y)').text).toBe(
      '[b](./b.md#x), [m](../packages/mcc/index.md), [`m`](../packages/mcc/index.md#y)',
    );
    expect(moved('[a](../../docs/a.md)', 'packages/mcc/README.md').text).toBe('[a](../../docs/a.md)');
  });

  it('leads to the web for what is no page', () => {
    expect(moved('[l](../LICENSE) and [s](../packages/mcc/src)').text).toBe(
      '[l](https://example.org/main/LICENSE) and [s](https://example.org/main/packages/mcc/src)',
    );
  });

  it('lists pictures', () => {
    expect(moved('![p](images/p.png) <img src="images/p.png">')).toEqual({
      text: '![p](./images/p.png) <img src="./images/p.png">',
      pictures: ['docs/images/p.png', 'docs/images/p.png'],
    });
  });

  it('knows files of the repository by their address in the web', () => {
    expect(moved('![p](https://raw.githubusercontent.com/wsss/wsss/main/docs/images/p.png)', 'packages/mcc/README.md')).toEqual({
      text: '![p](../../docs/images/p.png)',
      pictures: ['docs/images/p.png'],
    });
    expect(moved('[b](https://github.com/wsss/wsss/blob/main/docs/b.md#x)').text).toBe('[b](./b.md#x)');
    expect(() => moved('[x](https://github.com/wsss/wsss/tree/main/gone)')).toThrow('leads to gone, which does not exist');
  });

  it('leaves addresses, anchors and code alone', () => {
    for (const text of [
      '[w](https://example.org) [m](mailto:a@b) [h](#h)',
      '`[b](gone.md)`',
      '```md\n[b](gone.md)\n```',
      '~~~\n[b](gone.md)\n~~~',
    ])
      expect(moved(text).text).toBe(text);
  });

  it('names file, line and link where there is nothing', () => {
    expect(() => moved('fine\n\n[x](gone.md#y)')).toThrow(
      'docs/a.md line 3: the link gone.md#y leads to docs/gone.md, which does not exist',
    );
    expect(() => moved('[x](../../etc/passwd)')).toThrow('which does not exist');
    expect(() => moved('```\n[b](gone.md)\n```\n![x](gone.png)')).toThrow('docs/a.md line 4: the link gone.png');
  });
});
