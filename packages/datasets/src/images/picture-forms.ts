/** The image formats that are read, and the endings by which files of theirs are found in folders. */
export const pictureForms = [
  { name: 'JPEG', endings: ['.jpg', '.jpeg'], about: 'gray, color, and four inks (CMYK), with the colors that PIL gives' },
  { name: 'PNG', endings: ['.png'], about: '1 to 16 bits, interlaced or not' },
  { name: 'WebP', endings: ['.webp'], about: 'with and without losses' },
  { name: 'TIFF', endings: ['.tif', '.tiff'], about: 'the first page; four inks as in JPEG' },
  { name: 'GIF', endings: ['.gif'], about: 'the first picture' },
  { name: 'AVIF', endings: ['.avif'], about: '8 bits' },
  { name: 'BMP', endings: ['.bmp'], about: '1 to 32 bits, also as runs (RLE)' },
] as const;

const endings: ReadonlySet<string> = new Set(pictureForms.flatMap(form => form.endings));

/** Whether a file's name ends like that of a picture that is read. */
export const isPictureFile = (name: string): boolean => endings.has(/\.[^./\\]*$/.exec(name)?.[0].toLowerCase() ?? '');

/** Formats that are known and not read, by how their files begin. */
const unreadForms: { name: string; begins: (start: Buffer) => boolean }[] = [
  {
    name: 'HEIC',
    begins: start => start.toString('latin1', 4, 8) === 'ftyp' && /^(hei[cxms]|hev[cx]|mif1|msf1)/.test(start.toString('latin1', 8, 12)),
  },
  { name: 'JPEG 2000', begins: start => start.toString('latin1', 4, 8) === 'jP  ' || start.readUInt32BE(0) === 0xff4fff51 },
  { name: 'JPEG XL', begins: start => start.readUInt16BE(0) === 0xff0a || start.toString('latin1', 4, 8) === 'JXL ' },
  { name: 'Photoshop', begins: start => start.toString('latin1', 0, 4) === '8BPS' },
  { name: 'PDF', begins: start => start.toString('latin1', 0, 4) === '%PDF' },
  {
    name: 'SVG',
    begins: start => /^(\uFEFF|ï»¿)?\s*(<\?xml[^>]*>\s*)?(<!--[^>]*>\s*)?(<!DOCTYPE svg|<svg)/.test(start.toString('latin1')),
  },
  { name: 'HTML', begins: start => /^\s*(<!doctype html|<html)/i.test(start.toString('latin1')) },
];

/** What to say of a file of a format that is known and not read, as a sentence that goes on after its name; undefined if it is none. */
export function unreadForm(start: Buffer): string | undefined {
  const form = start.length >= 12 && unreadForms.find(({ begins }) => begins(start));
  if (!form) return undefined;
  if (form.name === 'HTML') return 'it is a page (HTML), not a picture: the download went wrong; download it again';
  return `it is ${form.name}, which is not read; convert it to one of ${pictureForms.map(({ name }) => name).join(', ')}`;
}
