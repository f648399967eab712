import { describe, expect, it } from 'vitest';
import { readXml } from './read-xml.js';

describe('readXml', () => {
  it('gives elements, their texts and their lines', () => {
    const root = readXml(
      '<?xml version="1.0"?>\n<!-- made by hand -->\n<a>\n <b x="1 > 0">one &amp; &#50;</b>\r\n <c/><b><![CDATA[<3>]]></b>\n</a>\n',
    );
    expect(root).toEqual({
      name: 'a',
      text: '',
      line: 3,
      children: [
        { name: 'b', text: 'one & 2', line: 4, children: [] },
        { name: 'c', text: '', line: 5, children: [] },
        { name: 'b', text: '<3>', line: 5, children: [] },
      ],
    });
  });

  it.each([
    ['', 'line 1: expected one root element, found 0'],
    ['<a>\n<b>', 'line 2: the file ends within <b> of line 2; it is truncated'],
    ['<a>\n</b>', 'line 2: </b> ends no open element, <a> is open'],
    ['<a></a></a>', '</a> ends no open element'],
    ['<a></a><b/>', 'found 2'],
    ['not found', 'line 1: text outside the root element'],
    ['<a>\n<b', 'line 2: a tag is damaged'],
    ['<a>'.repeat(99), 'nested too deeply'],
  ])('refuses %j', (text, message) => expect(() => readXml(text)).toThrow(message));
});
