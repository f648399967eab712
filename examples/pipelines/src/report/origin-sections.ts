import { datasetNames } from '@wsss/datasets';
import { recipes } from '../recipes/registry.js';
import type { Session } from '../run/environment.js';
import { eachRun, escapeHtml, fold, table } from './page.js';
import type { Run } from './read-run.js';

/** Machine, engine, program, data and command of each run; a line for every time it was gone on with. */
export function environment(runs: readonly Run[]): string {
  return eachRun(runs, ({ sessions }) => (sessions.length ? table([], facts(sessions), 'facts') : ''), { open: 'all' });
}

function facts(sessions: readonly Session[]): string[][] {
  const { machine, engine, code, training, validation, ...latest } = sessions.at(-1)!;
  const images = [training, validation].map(part => `${part.split}, ${part.images} images`);
  const known: [string, string | undefined][] = [
    ['machine', `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ${machine.system}; ${machine.host}`],
    ['engine', `${engine.version}, ${engine.threads} thread${engine.threads === 1 ? '' : 's'}`],
    ['program', code && `mcc ${code.mcc}${code.commit ? `, commit ${code.commit}` : ''}, TensorFlow.js ${code.tfjs}`],
    ['Node', latest.node],
    ['data', `${latest.dataset}: ${images.join('; ')}${latest.data ? `; ${latest.data}` : ''}`],
    ['weights', latest.weights ?? 'random'],
    ['trainable values', latest.trainableValues.toLocaleString('en')],
    ...sessions.map(({ started, from }, i): [string, string] => [
      i ? 'gone on' : 'started',
      `${started.slice(0, 19).replace('T', ' ')} UTC${from ? `, from iteration ${from}` : ''}`,
    ]),
    ...sessions.flatMap(({ remarks = [] }) => remarks.map((remark): [string, string] => ['known at the start', remark])),
    ['command', latest.command],
  ];
  return known.flatMap(([key, value]) =>
    value ? [[key, key === 'command' ? `<code>${escapeHtml(value)}</code>` : escapeHtml(value)]] : [],
  );
}

/** How a recipe differs from its data set's default or, of several runs, the runs from each other; and all of it. */
export function recipeSection(runs: readonly Run[]): string {
  const flat = runs.map(({ recipe }) => flatten(recipe));
  const keys = [...new Set(flat.flatMap(values => Object.keys(values)))];
  const text = (value: unknown) => (value === undefined ? '–' : `<code>${escapeHtml(JSON.stringify(value))}</code>`);
  const whole = ({ name, recipe }: Run) =>
    fold(`Whole recipe${runs.length > 1 ? ` of ${name}` : ''}`, `<pre>${escapeHtml(JSON.stringify(recipe, null, 2))}</pre>`);
  const all = runs.map(whole).join('');
  const [run] = runs as [Run];
  const dataset = datasetNames.find(name => name === run.sessions.at(-1)?.dataset);
  if (runs.length === 1 && !dataset) return all;
  const others = dataset && runs.length === 1 ? [flatten(recipes[dataset].recipe)] : [];
  const columns = [...flat, ...others];
  const head = others.length ? ['here', `default for ${dataset}`] : runs.map(({ name }) => escapeHtml(name));
  const differing = keys.filter(key => new Set(columns.map(values => JSON.stringify(values[key]))).size > 1);
  const rows = differing.map(key => [escapeHtml(key), ...columns.map(values => text(values[key]))]);
  const same = others.length ? `The default recipe for ${dataset}.` : 'The recipes are the same.';
  return (differing.length ? table(['', ...head], rows, 'facts') : `<p>${same}</p>`) + all;
}

/** Settings by their paths: `{ optimizer: { power: 1 } }` is `optimizer.power`. */
function flatten(recipe: object, prefix = ''): Record<string, unknown> {
  const entries = Object.entries(recipe).flatMap(([key, value]) =>
    value?.constructor === Object ? Object.entries(flatten(value, `${prefix}${key}.`)) : [[prefix + key, value as unknown]],
  );
  return Object.fromEntries(entries);
}
