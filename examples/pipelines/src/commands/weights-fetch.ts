import { basename, join } from 'node:path';
import { catchInterruption, Progress } from '@wsss/train';
import { findBackbone, visionTransformerParameters } from '@wsss/vit';
import { download, hashInName, type PublishedWeights, publishedWeights, weightsFolder } from '@wsss/weights/download';
import type { Command } from 'commander';

/** mcc weights list and fetch: published weights, and from where they are fetched. */
export function addWeightsFetchCommands(weights: Command): void {
  weights
    .command('list')
    .summary('list published weights')
    .description('Lists published weights: their size, what they were trained on, where they are, and published results from them.')
    .option('--json', 'print it as JSON')
    .action(({ json }: { json?: boolean }) => {
      process.stdout.write(`${json ? JSON.stringify(Object.entries(publishedWeights).map(described)) : list()}\n`);
    });

  weights
    .command('fetch')
    .summary('fetch published weights')
    .description(
      'Fetches weights from where their authors publish them and checks their SHA-256 against the digits in their name, ' +
        'where it has any. ' +
        'An interrupted download goes on where it ended. Prints the path of the file.',
    )
    .argument('[name]', 'which; without it, all are listed')
    .option('--out <dir>', 'folder for the file (default: ~/.cache/wsss/weights)')
    .option('--from <url>', 'folder of a mirror, instead of the official address')
    .action(async (name: string | undefined, { out = weightsFolder(), from }: { out?: string; from?: string }) => {
      if (name === undefined) {
        process.stdout.write(`${list()}\n`);
        return;
      }
      if (!Object.hasOwn(publishedWeights, name))
        throw new Error(`weights ${JSON.stringify(name)} are not known; known are ${Object.keys(publishedWeights).join(', ')}`);
      process.stdout.write(`${await fetchWeights(described([name, publishedWeights[name]!]), out, from)}\n`);
    });
}

function described([name, weights]: [string, PublishedWeights]) {
  const specs = visionTransformerParameters(findBackbone(weights.backbone));
  const values = specs.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  return { name, ...weights, values };
}

function list(): string {
  const all = Object.entries(publishedWeights).map(described);
  const lines = all.map(({ name, url, backbone, trainedOn, results, values }) => {
    const option = backbone === name ? '' : `  --backbone ${backbone}`;
    const head = `${name.padEnd(46)}${`${(values / 1e6).toFixed(1)} M values`.padStart(14)}  ${trainedOn}${option}`;
    return [head, `    ${url}`, ...(results ? [`    mIoU, ${results}`] : [])].join('\n');
  });
  return `${lines.join('\n')}\n\nmIoU is with scales and CRF, as published; none of it has been reproduced with this program.`;
}

/** The most bytes of a file for each value of its encoder: float32, and as much again for heads, a teacher and an optimizer. */
const bytesOfValue = 4 * 4;

/** Fetches a file into a folder, showing how far it is. @returns its path. */
async function fetchWeights({ url: address, values }: ReturnType<typeof described>, folder: string, mirror?: string): Promise<string> {
  const name = basename(new URL(address).pathname);
  const url = mirror === undefined ? address : `${mirror.replace(/\/$/, '')}/${name}`;
  const sha256 = hashInName(name);
  const interruption = catchInterruption({
    stream: { write: () => process.stderr.write('\nStopping; the same command goes on with what is here.\n') },
  });
  let progress: Progress | undefined;
  const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;
  try {
    const { file, fetched, hash } = await download(url, join(folder, name), {
      sha256,
      mostBytes: bytesOfValue * values,
      signal: interruption.signal,
      onProgress: (done, total) => {
        if (total === undefined) return;
        progress ??= new Progress({ total: megabytes(total), start: megabytes(done), label: `${name}, MB` });
        progress.update(megabytes(done));
      },
    });
    progress?.finish();
    const checked = sha256 ? `its SHA-256 begins with ${sha256}` : `its authors state no SHA-256 to check it by; here it is ${hash}`;
    process.stderr.write(fetched ? `Fetched ${url}; ${checked}.\n` : `It is here already; ${checked}.\n`);
    return file;
  } finally {
    progress?.finish();
    interruption.release();
  }
}
