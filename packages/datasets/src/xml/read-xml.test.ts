import { describe, expect, it } from 'vitest';
import { readXml, xmlText } from './read-xml.js';

describe('readXml', () => {
  it('gives elements, their texts and their lines', () => {
    const root = readXml(
      '<?xml version="1.0"?>\n<!-- made by hand -->\n<a>\n <b x="1 > 0">one &amp; &#50;</b>\r\n <c/><b><![CDATA[<3>]]></b>\n</a>\n',
    );
    expect(root).toEqual({
      name: 'a',
      attributes: new Map(),
      text: '',
      line: 3,
      children: [
        { name: 'b', attributes: new Map([['x', '1 > 0']]), text: 'one & 2', line: 4, children: [] },
        { name: 'c', attributes: new Map(), text: '', line: 5, children: [] },
        { name: 'b', attributes: new Map(), text: '<3>', line: 5, children: [] },
      ],
    });
  });

  it('gives attributes in either quotes, with their entities', () => {
    const { attributes } = readXml(`<image id = "0" name='a "b" &amp; &lt;c&gt;.jpg' id="1" checked/>`);
    expect([...attributes]).toEqual([
      ['id', '0'],
      ['name', 'a "b" & <c>.jpg'],
    ]);
    expect(() => readXml('<a b="&nbsp;"/>')).toThrow("line 1: the entity &nbsp; is not one of XML's five");
  });

  it('passes over a document type with declarations', () => {
    const text =
      '<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "a.dtd" [\n <!ELEMENT a (b)> <!-- ] > -->\n <!ENTITY x "]>">\n]>\n<a><b>1</b></a>';
    expect(readXml(text)).toMatchObject({ name: 'a', line: 6, children: [{ name: 'b', text: '1' }] });
    expect(readXml('<!DOCTYPE annotation>\n<annotation/>')).toMatchObject({ name: 'annotation', line: 2 });
    expect(() => readXml('<!DOCTYPE a [<!ENTITY x "y">]>\n<a>&x;</a>')).toThrow(
      "line 2: the entity &x; is not one of XML's five; write the text",
    );
  });

  it('reads files of other encodings', () => {
    const text = '<?xml version="1.0" encoding="UTF-16"?>\n<a>bücher</a>';
    const little = Buffer.from(`\uFEFF${text}`, 'utf16le');
    for (const bytes of [little, Buffer.from(little).swap16()]) expect(readXml(xmlText(bytes)).text).toBe('bücher');
    const latin = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>bücher</a>', 'latin1');
    expect(readXml(xmlText(latin)).text).toBe('bücher');
    expect(readXml(xmlText(Buffer.from('<a>bücher</a>'))).text).toBe('bücher');
    expect(() => xmlText(Buffer.from('<a>bücher</a>', 'latin1'))).toThrow(
      'its text is not in utf-8, or that encoding is not known; save it in UTF-8',
    );
    expect(() => xmlText(Buffer.from('<?xml version="1.0" encoding="x-no"?><a/>'))).toThrow('its text is not in x-no, which it declares');
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
