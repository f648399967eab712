import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { entries } from './api.js';
import { root, site } from './folders.js';

/** A piece of code that is shown to people. */
export interface Example {
  /** Where it stands: path in the repository, and the lines of its first and after its last one, counted from 0. */
  file: string;
  start: number;
  end: number;
  code: string;
  /** JavaScript has to name what is there; of TypeScript the types have to fit as well. */
  language: 'js' | 'ts';
}

/** The TypeScript and JavaScript of a Markdown file. */
export function examplesOf(file: string): Example[] {
  const found: Example[] = [];
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  for (let i = 0; i < lines.length; i++) {
    const [, indent, fence, language] = /^( *)(```+)(\w*)/.exec(lines[i]!) ?? [];
    if (fence === undefined) continue;
    const start = i + 1;
    while (++i < lines.length && !lines[i]!.trim().startsWith(fence));
    const code = lines.slice(start, i).map(line => line.slice(indent!.length));
    if (language === 'ts' || language === 'js') found.push({ file, start, end: i + 1, code: code.join('\n'), language });
  }
  return found;
}

/** The examples in the doc comments of all packages. */
export function documentedExamples(): Example[] {
  return entries()
    .map(({ folder }) => `packages/${folder}/src`)
    .filter((folder, i, all) => all.indexOf(folder) === i)
    .flatMap(folder =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter(name => name.endsWith('.ts') && !/\.(test|test-d|slow)\.ts$/.test(name))
        .flatMap(name => examplesOfComments(`${folder}/${name.replaceAll('\\', '/')}`)),
    );
}

function examplesOfComments(file: string): Example[] {
  const text = readFileSync(join(root, file), 'utf8');
  const parsed = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found: Example[] = [];
  const visit = (node: ts.Node) => {
    for (const tag of ts.getJSDocTags(node)) {
      if (tag.tagName.text !== 'example' || tag.parent.parent !== node) continue;
      const lines = text
        .slice(tag.tagName.end, tag.end)
        .replace(/\*\/\s*$/, '')
        .split('\n')
        .map(line => line.replace(/^\s*\* ?/, ''));
      const start = parsed.getLineAndCharacterOfPosition(tag.pos).line;
      const code = lines.map(line => (/^\s*```/.test(line) ? '' : line)).join('\n');
      found.push({ file, start, end: start + lines.length, code, language: 'ts' });
    }
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  return found;
}

/** What is wrong with JavaScript too: an import, a property or an argument that is not there. */
const ofJavaScript = new Set([2305, 2307, 2339, 2353, 2551, 2554, 2561, 2724]);
const missingName =
  /^(?:Cannot find name|No value exists in scope for the shorthand property) '([\w$]+)'|^'([\w$]+)' only refers to a type/;

/**
 * Compiles all examples under strict TypeScript. Names that an example does not make are imported where its package has them, and
 * stand for anything where not: a fragment may speak of `image` and `model`, but not give a function what it does not take. Code that
 * imports files which the reader is to write (CONTRIBUTING.md) is left out.
 *
 * @returns those that are whole programs: nothing is missing, and something is imported.
 * @throws Error naming file, line and what TypeScript found.
 */
export function checkExamples(examples: readonly Example[]): Example[] {
  const exported = exportedNames();
  const files = new Map(examples.map((example, i) => [placeOf(example, i), { example, prelude: '' }]));
  const missing = new Map<Example, Set<string>>();
  for (const { file, text } of diagnosed(files)) {
    const [, value, type] = missingName.exec(text) ?? [];
    const { example } = files.get(file) ?? {};
    if (!example) continue;
    if (/^Cannot find module '\.{1,2}\//.test(text)) files.delete(file);
    const name = value ?? type;
    if (name) missing.set(example, (missing.get(example) ?? new Set()).add(name));
  }
  for (const entry of files.values()) {
    const own = /^packages\/([^/]+)/.exec(entry.example.file)?.[1];
    entry.prelude = [...(missing.get(entry.example) ?? [])].map(name => declared(name, exported, own)).join('');
  }
  const wrong = diagnosed(files).flatMap(({ file, line, text, code }) => {
    const { example } = files.get(file)!;
    if (example.language === 'js' && code >= 2000 && !ofJavaScript.has(code)) return [];
    return `${example.file} line ${example.start + line + 1}: ${text}`;
  });
  if (wrong.length) throw new Error(`${wrong.length} errors in examples:\n${wrong.join('\n')}`);
  return examples.filter(example => !missing.has(example) && /^import /m.test(example.code));
}

function declared(name: string, exported: ReadonlyMap<string, string[]>, own: string | undefined): string {
  if (name === 'tf') return "import * as tf from '@tensorflow/tfjs-core';\n";
  const from = exported.get(name)?.find(module => module.startsWith(`@wsss/${own}`));
  if (from) return `import { ${name} } from '${from}';\n`;
  return `declare var ${name}: any;\ndeclare type ${name} = any;\n`;
}

/** By name, the modules that export it. */
function exportedNames(): Map<string, string[]> {
  const program = ts.createProgram(
    entries().map(({ file }) => join(root, file)),
    options(),
  );
  const checker = program.getTypeChecker();
  const names = new Map<string, string[]>();
  for (const { name, file } of entries()) {
    const symbol = checker.getSymbolAtLocation(program.getSourceFile(join(root, file))!)!;
    for (const { name: exported } of checker.getExportsOfModule(symbol)) names.set(exported, [...(names.get(exported) ?? []), name]);
  }
  return names;
}

/** Code that names its file in its first line lies there, for what it imports from beside it. */
function placeOf({ code }: Example, i: number): string {
  const [, folder] = /^\/\/ ((?:[\w-]+\/)+)[\w-]+\.ts\n/.exec(code) ?? [];
  return join(root, folder ?? 'tools/docs-site/src', `example-${i}.ts`);
}

function options(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(site, 'tsconfig.json'), ts.sys.readFile);
  const read = ts.parseJsonConfigFileContent(config, ts.sys, site).options;
  return { ...read, noUncheckedIndexedAccess: false, noImplicitAny: false, isolatedModules: false, verbatimModuleSyntax: false };
}

interface Diagnosed {
  file: string;
  line: number;
  code: number;
  text: string;
}

function diagnosed(files: ReadonlyMap<string, { example: Example; prelude: string }>): Diagnosed[] {
  const settings = options();
  const host = ts.createCompilerHost(settings);
  const { getSourceFile, fileExists } = host;
  host.fileExists = path => files.has(path) || fileExists(path);
  host.getSourceFile = (path, ...rest) => {
    const entry = files.get(path);
    if (!entry) return getSourceFile.call(host, path, ...rest);
    return ts.createSourceFile(path, `${entry.example.code}\n${entry.prelude}export {};\n`, rest[0]);
  };
  const program = ts.createProgram([...files.keys()], settings, host);
  return [...files.keys()].flatMap(path => {
    const source = program.getSourceFile(path)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ start = 0, messageText, code }) => ({
        file: path,
        line: source.getLineAndCharacterOfPosition(start).line,
        code,
        text: ts.flattenDiagnosticMessageText(messageText, '\n  '),
      }),
    );
  });
}
