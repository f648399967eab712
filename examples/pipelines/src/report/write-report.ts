import { writeAtomically } from '@wsss/train';
import { describeBackbone } from '../recipes/check-recipe.js';
import { curves, timing } from './curve-section.js';
import { images } from './image-section.js';
import { environment, recipeSection } from './origin-sections.js';
import { chips, page } from './page.js';
import { type Run, readRuns } from './read-run.js';
import { classScores, confusions, headlineScores } from './score-sections.js';

/**
 * Writes one self-contained HTML page about runs, read from their folders; what a run has not written is left out.
 *
 * @throws Error when a folder is not that of a run, or something in it is damaged; nothing is written then.
 */
export async function writeReport(file: string, folders: readonly string[]): Promise<void> {
  const runs = readRuns(folders);
  await writeAtomically(
    file,
    page({
      title: runs.length > 1 ? `${runs.length} runs: ${runs.map(({ name }) => name).join(', ')}` : `Run ${runs[0]!.name}`,
      lead: `${runs.length > 1 ? '' : chips(facts(runs[0]!))}${headlineScores(runs)}`,
      sections: [
        { title: 'Curves', html: curves(runs) },
        { title: 'Classes', html: classScores(runs) },
        { title: 'Confusion', html: confusions(runs) },
        { title: 'Images', html: images(runs) },
        { title: 'Timing', html: timing(runs) },
        { title: 'Environment', html: environment(runs) },
        { title: 'Recipe', html: recipeSection(runs) },
      ],
    }),
  );
}

function facts({ recipe, records, iterations, sessions, evaluation }: Run): string[] {
  const last = records.at(-1)?.time;
  return [
    ...(evaluation ? [evaluation.dataset] : []),
    describeBackbone(recipe),
    `${iterations} of ${recipe.iterations} iterations`,
    `crop ${recipe.crop}, batch ${recipe.batch}${recipe.accumulate > 1 ? ` × ${recipe.accumulate}` : ''}`,
    `seed ${recipe.seed}`,
    ...(sessions.length ? [sessions.at(-1)!.engine.version] : []),
    ...(last ? [`${last.slice(0, 16).replace('T', ' ')} UTC`] : []),
  ];
}
