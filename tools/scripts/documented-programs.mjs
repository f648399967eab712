// What a document tells its reader to install, and the whole programs that it shows.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { publicPackages, root } from './packed-packages.mjs';

/** Documents whose install lines and programs have to be right as they stand: the README of each package, and the guide. */
export const documents = [
  ...publicPackages.map(name => ({ name, path: `packages/${name.split('/')[1]}/README.md` })),
  { name: 'the guide', path: 'docs/mcc-in-your-model.md' },
].map(read);

/** @throws Error naming the document where a program is not marked as `ts`, or imports what no line above it says to install */
function read({ name, path }) {
  const text = readFileSync(join(root, path), 'utf8');
  if (/```(js|javascript|typescript)\b/.test(text)) throw new Error(`${path}: a program is not marked as ts`);
  const lines = Array.from(text.matchAll(/^npm install (.*)$/gm), ({ index, 1: words }) => ({ index, words: words.trim().split(/\s+/) }));
  const toInstall = end => lines.filter(({ index }) => index < end).flatMap(({ words }) => words);
  const short = basename(path) === 'README.md' ? path.split('/')[1] : basename(path, '.md');
  // What stands behind `ts` says why a program is only compiled; a block of text behind one is what it prints.
  const blocks = text.matchAll(/```ts([^\n]*)\n(.*?)```\n(?:\n```text\n(.*?)```)?/gs);
  const programs = Array.from(blocks, ({ index, 1: needs, 2: code, 3: prints }, i) => {
    const file = /^\/\/ \S+\/([\w-]+)\.ts\n/.exec(code)?.[1] ?? `${short}-${i + 1}`;
    for (const [, from] of code.matchAll(/^(?:import|\} from)[^'\n]*'([^'.][^']*)'/gm)) {
      const imported = from
        .split('/')
        .slice(0, from.startsWith('@') ? 2 : 1)
        .join('/');
      if (!imported.startsWith('node:') && !toInstall(index).includes(imported))
        throw new Error(`${path}: ${file} imports ${imported}, but no line above it says to install that`);
    }
    return { file, runs: needs.trim() === '', code, prints };
  });
  return { name, install: toInstall(text.length), programs };
}
