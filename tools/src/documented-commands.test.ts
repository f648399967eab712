import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram as createMcc } from '@wsss/pipelines';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { createProgram as createTools } from './program.js';

const root = join(import.meta.dirname, '../..');
const within = (folder: string, name = '') => readdirSync(join(root, folder)).map(entry => join(folder, entry, name));
const documents = ['README.md', 'CONTRIBUTING.md', 'tools/README.md']
  .concat(within('docs'), within('packages', 'README.md'), within('examples', 'README.md'))
  .filter(file => file.endsWith('.md') && existsSync(join(root, file)));

/** The words of a command of a shell: what `$(…)` gives is one word, and what stands behind ` #` or two spaces is none. */
const wordsOf = (line: string) =>
  Array.from(line.replace(/\s[\s#].*/, '').matchAll(/"([^"]*)"|'([^']*)'|(?:\$\([^)]*\)|\S)+/g), ([all, a, b]) => a ?? b ?? all);

/** The words of what a text tells its reader to type: commands of `mcc`, `pnpm bench` and `pnpm parity`, each on a line of its own. */
const commandsIn = (text: string): string[][] =>
  text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .flatMap(line => {
      const [, called] = /^(?:(?:(?:pnpm|npx|mpirun .*|srun .*) )?mcc|pnpm(?= (?:bench|parity)\b)) (.*)$/.exec(line.trim()) ?? [];
      return called && !called.includes(' … ') ? [wordsOf(called)] : [];
    });

const blocksOf = (document: string) =>
  Array.from(readFileSync(join(root, document), 'utf8').matchAll(/```sh\n(.*?)```/gs), ([, text]) => text).join('\n');

/** The command and those below it. */
const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];

/** Reads a command's words as the program does, and does nothing. @throws CommanderError where they are wrong */
async function read(words: string[]): Promise<void> {
  const argv = ['node', 'mcc', ...words];
  const program = ['bench', 'parity'].includes(words[0]!) ? createTools() : await createMcc(argv);
  const read = new Error('read');
  for (const command of all(program)) {
    command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
    command.hook('preAction', () => Promise.reject(read));
  }
  await program.parseAsync(argv).catch(error => {
    if (error !== read && error.code !== 'commander.helpDisplayed') throw error;
  });
}

/** What is wrong with the commands of a text. */
async function wrongIn(name: string, text: string): Promise<{ count: number; wrong: string[] }> {
  const wrong: string[] = [];
  const commands = commandsIn(text);
  for (const words of commands) await read(words).catch(error => wrong.push(`${name}: mcc ${words.join(' ')}: ${error.message}`));
  return { count: commands.length, wrong };
}

it('documents tell their readers to type what commands understand', async () => {
  const found = await Promise.all(documents.map(document => wrongIn(document, blocksOf(document))));
  expect(found.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(found.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(80);
});

it('so does help', async () => {
  const names = (await createMcc([])).commands.map(command => command.name()).filter(name => !['bench', 'parity'].includes(name));
  const programs = [createTools(), ...(await Promise.all(names.map(name => createMcc(['node', 'mcc', name]))))];
  const found = await Promise.all(
    programs.flatMap(all).map(command => {
      let text = '';
      command.configureOutput({ writeOut: part => (text += part) }).outputHelp();
      return wrongIn(`help of ${command.name()}`, text);
    }),
  );
  expect(found.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(found.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(40);
});

it('and an error points to the help of its own command', async () => {
  const program = await createMcc(['node', 'mcc', 'data']);
  let text = '';
  for (const command of all(program)) command.exitOverride().configureOutput({ writeErr: part => (text += part) });
  await expect(program.parseAsync(['node', 'mcc', 'data', 'check', 'folder', '--data', 'photos'])).rejects.toThrow('unknown option');
  expect(text).toContain('(mcc data check --help shows what there is)');
});
