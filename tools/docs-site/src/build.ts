// pnpm docs: guides and API as a site, which opens from any host and from disk. Ends with 1 where a link, an example or a page is broken.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runProgram } from '@wsss/files';
import { build } from 'vitepress';
import { writeApi } from './api.js';
import { checkExamples, documentedExamples, examplesOf } from './examples.js';
import { out, pages, site } from './folders.js';
import { guidePages, writeGuides } from './guides.js';
import { lookAt } from './look.js';
import { outputs } from './outputs.js';
import { type Section, searchScript, sections } from './search-index.js';
import { deadLinks, filesOf, makeRelative } from './static-pages.js';

async function main(): Promise<void> {
  rmSync(pages, { recursive: true, force: true });
  rmSync(out, { recursive: true, force: true });
  const examples = [...[...guidePages().keys()].flatMap(examplesOf), ...documentedExamples()];
  const whole = checkExamples(examples);
  say(`${examples.length} examples compile, ${whole.length} of them as whole programs`);
  const printed = await outputs(whole);
  say(`${printed.size} programs ran`);
  mkdirSync(pages, { recursive: true });
  const menu = writeGuides((text, path) => {
    const lines = text.split('\n');
    const ofPage = [...printed].filter(([example]) => example.file === path).sort(([a], [b]) => b.end - a.end);
    for (const [{ end }, output] of ofPage) lines.splice(end, 0, '', 'It prints:', '', '```text', output, '```');
    return lines.join('\n');
  });
  writeFileSync(join(site, '.cache/menu.json'), JSON.stringify(menu));
  await writeApi();
  await build(site);
  makeRelative(out);
  cpSync(join(site, '.vitepress/page.js'), join(out, 'page.js'));
  cpSync(
    createRequire(import.meta.url)
      .resolve('minisearch')
      .replace(/dist.*$/, 'dist/umd/index.js'),
    join(out, 'minisearch.js'),
  );
  const html = new Map(
    filesOf(out)
      .filter(file => file.endsWith('.html'))
      .map(file => [file, readFileSync(join(out, file), 'utf8')]),
  );
  const all: Section[] = [...html].flatMap(([file, text]) => sections(text, file));
  writeFileSync(join(out, 'search-index.js'), searchScript(all));
  const dead = deadLinks(html, new Set(filesOf(out)));
  if (dead.length) throw new Error(`${dead.length} links lead nowhere:\n${dead.join('\n')}`);
  say(`${html.size} pages, ${all.length} sections, no dead link`);
  say(await lookAt(out));
  say(`Open ${join(out, 'index.html')}`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

await runProgram('docs', main);
process.exit(); // where it failed, vitepress goes on
