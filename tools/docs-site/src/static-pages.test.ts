import { describe, expect, it } from 'vitest';
import { deadLinks, relativeAddresses } from './static-pages.js';

describe('relativeAddresses', () => {
  it('leads from a page to others, to folders and to what they share', () => {
    const moved = (address: string, file = 'packages/mcc/index.html') => relativeAddresses(`<a href="${address}">`, file);
    expect(moved('/docs/method.html#x')).toBe('<a href="../../docs/method.html#x">');
    expect(moved('/')).toBe('<a href="../../index.html">');
    expect(moved('/packages/crf/#y')).toBe('<a href="../crf/index.html#y">');
    expect(moved('../crf/')).toBe('<a href="../crf/index.html">');
    expect(moved('/a.html', 'index.html')).toBe('<a href="a.html">');
    expect(moved('/packages/mcc/', 'packages/mcc/api.html')).toBe('<a href="index.html">');
    expect(relativeAddresses('<img class="a" src="/assets/p.png">', 'docs/a.html')).toBe('<img class="a" src="../assets/p.png">');
    expect(relativeAddresses('a{src:url(/assets/f.woff2)}', 'assets/style.css')).toBe('a{src:url(f.woff2)}');
  });

  it('leaves the web, anchors and data alone', () => {
    for (const address of ['https://a.b/', '//a.b/c', '#x', 'mailto:a@b', 'data:image/png;base64,A'])
      expect(relativeAddresses(`<a href="${address}">`, 'docs/a.html')).toBe(`<a href="${address}">`);
  });
});

describe('deadLinks', () => {
  const page = '<h1 id="top">a</h1><a href="b.html#there">b</a><img src="p.png"><a href="https://gone.example/x">w</a>';
  const files = new Set(['a.html', 'b.html', 'p.png']);

  it('finds none where all is there', () => {
    const pages = new Map([
      ['a.html', page],
      ['b.html', '<h2 id="there">b</h2><a href="a.html#top">a</a> <a href="#there">here</a>'],
    ]);
    expect(deadLinks(pages, files)).toEqual([]);
  });

  it('names page, link and target of those that lead nowhere', () => {
    const pages = new Map([
      ['a.html', page],
      ['b.html', '<a href="../c.html">c</a><a href="#nowhere">n</a><script src="gone.js"></script>'],
    ]);
    expect(deadLinks(pages, files)).toEqual([
      'a.html: b.html#there leads to no heading of b.html',
      'b.html: ../c.html leads to ../c.html, which does not exist',
      'b.html: #nowhere leads to no heading of b.html',
      'b.html: gone.js leads to gone.js, which does not exist',
    ]);
  });
});
