import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import type { Example } from './examples.js';
import { site } from './folders.js';

const LINES = 30;
const SECONDS = 60;

/**
 * Runs the first program of each package's page, on wasm, in an empty folder.
 *
 * @returns What each printed; nothing of one that asks for a file of the reader's.
 * @throws Error naming file and line of one that fails.
 */
export async function outputs(programs: readonly Example[]): Promise<Map<Example, string>> {
  const first = programs.filter(
    ({ file }, i) => /^packages\/[^/]+\/README\.md$/.test(file) && programs.findIndex(other => other.file === file) === i,
  );
  const folder = join(site, '.cache/programs');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const printed = new Map<Example, string>();
  const left = [...first.entries()];
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift())
      printed.set(next[1], await run(next[1], join(folder, `program-${next[0]}.mjs`)));
  };
  await Promise.all([work(), work()]);
  return new Map([...printed].filter(([, output]) => output));
}

async function run(program: Example, path: string): Promise<string> {
  const compiled = ts.transpileModule(program.code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: false },
  });
  writeFileSync(path, compiled.outputText);
  const cwd = mkdtempSync(join(tmpdir(), 'example-'));
  try {
    const { code, output, errors } = await new Promise<{ code: number | null; output: string; errors: string }>((resolve, reject) => {
      const env = { ...process.env, WSSS_ENGINE: 'wasm', NO_COLOR: '1', FORCE_COLOR: '0' };
      const child = spawn(process.execPath, [path], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: SECONDS * 1000 });
      let [output, errors] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', text => (output += text));
      child.stderr.setEncoding('utf8').on('data', text => (errors += text));
      child.on('error', reject).on('close', code => resolve({ code, output, errors }));
    });
    if (code !== 0 && /ENOENT: no such file or directory, \w+ '[^/]/.test(errors)) return '';
    if (code !== 0)
      throw new Error(`${program.file} line ${program.start + 1}: the program ends with ${code ?? `no end in ${SECONDS} s`}: ${errors}`);
    const lines = output.trimEnd().replaceAll(cwd, '.').split('\n');
    return lines.length > LINES ? [...lines.slice(0, LINES), '…'].join('\n') : lines.join('\n');
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
