import { datasetNames } from '@wsss/datasets';
import type { Recipe } from '../recipes/recipe.js';
import { recipes } from '../recipes/registry.js';
import { escapeHtml, fold, table } from './page.js';
import type { Run } from './read-run.js';

/** Machine, engine, program, data and command of each run; a line for every time it was gone on with. */
export function environment(runs: readonly Run[]): string {
  const parts = runs.flatMap(({ name, sessions }) => {
    const latest = sessions.at(-1);
    if (!latest) return [];
    const { machine, engine, training, validation } = latest;
    const facts: [string, string | undefined][] = [
      ['machine', `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ${machine.system}; ${machine.host}`],
      ['engine', `${engine.version}, ${engine.threads} thread${engine.threads === 1 ? '' : 's'}`],
      [
        'program',
        latest.code &&
          `mcc ${latest.code.mcc}${latest.code.commit ? `, commit ${latest.code.commit}` : ''}, TensorFlow.js ${latest.code.tfjs}`,
      ],
      ['Node', latest.node],
      [
        'data',
        `${latest.dataset}: ${training.split}, ${training.images} images; ${validation.split}, ${validation.images} images${latest.data ? `; ${latest.data}` : ''}`,
      ],
      ['weights', latest.weights ?? 'random'],
      ['trainable values', latest.trainableValues.toLocaleString('en')],
      ...sessions.map(
        ({ started, from }, i) =>
          [i ? 'gone on' : 'started', `${started.slice(0, 19).replace('T', ' ')} UTC${from ? `, from iteration ${from}` : ''}`] as [
            string,
            string,
          ],
      ),
      ['command', latest.command],
    ];
    return [
      {
        name,
        html: table(
          [],
          facts.flatMap(([key, value]) =>
            value ? [[key, key === 'command' ? `<code>${escapeHtml(value)}</code>` : escapeHtml(value)]] : [],
          ),
          'facts',
        ),
      },
    ];
  });
  if (runs.length === 1) return parts[0]?.html ?? '';
  return parts.map(({ name, html }) => fold(name, html, true)).join('');
}

/** How a recipe differs from its data set's default or, of several runs, the runs from each other; and all of it. */
export function recipeSection(runs: readonly Run[]): string {
  const flat = runs.map(({ recipe }) => flatten(recipe));
  const keys = [...new Set(flat.flatMap(values => Object.keys(values)))];
  const text = (value: unknown) => (value === undefined ? '–' : `<code>${escapeHtml(JSON.stringify(value))}</code>`);
  const all = runs
    .map(({ name, recipe }) =>
      fold(runs.length > 1 ? `Whole recipe of ${name}` : 'Whole recipe', `<pre>${escapeHtml(JSON.stringify(recipe, null, 2))}</pre>`),
    )
    .join('');
  if (runs.length > 1) {
    const differing = keys.filter(key => new Set(flat.map(values => JSON.stringify(values[key]))).size > 1);
    const shown = differing.length
      ? table(
          ['', ...runs.map(({ name }) => escapeHtml(name))],
          differing.map(key => [escapeHtml(key), ...flat.map(values => text(values[key]))]),
          'facts',
        )
      : '<p>The recipes are the same.</p>';
    return shown + all;
  }
  const [run] = runs as [Run];
  const dataset = datasetNames.find(name => name === (run.sessions.at(-1)?.dataset ?? run.evaluation?.dataset.toLowerCase()));
  if (!dataset) return all;
  const defaults = flatten(recipes[dataset].recipe);
  const changed = keys.filter(key => JSON.stringify(flat[0]![key]) !== JSON.stringify(defaults[key]));
  const shown = changed.length
    ? table(
        ['', 'here', `default for ${dataset}`],
        changed.map(key => [escapeHtml(key), text(flat[0]![key]), text(defaults[key])]),
        'facts',
      )
    : `<p>The default recipe for ${dataset}.</p>`;
  return shown + all;
}

/** Settings by their paths: `{ optimizer: { power: 1 } }` is `optimizer.power`. */
function flatten(recipe: Recipe | object, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(recipe).flatMap(([key, value]) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.entries(flatten(value, `${prefix}${key}.`))
        : [[prefix + key, value as unknown]],
    ),
  );
}
