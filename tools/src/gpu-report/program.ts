import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, homedir, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { makeFolder, runProgram, writeAtomically } from '@wsss/files';
import { integer, readRun, words } from '@wsss/pipelines';
import { Command } from 'commander';
import { root, runMcc } from '../run-mcc.js';
import { gpuReportPage } from './page.js';
import { measureEngines, type ShapesFigures } from './report.js';

// What a machine with a GPU does with this program, for who has one to send to those who have none.
const program = new Command('gpu-report')
  .description(
    'Tries the engines of a machine: which work, 100 iterations on Shapes, the recorded numbers of the reference program, an ' +
      'iteration at three sizes. Writes report.json and report.html, after every step. Names of users and folders are left out.',
  )
  .option('--engines <names>', 'engines to try, separated by commas', words, ['cuda', 'webgpu'])
  .option('--minutes <n>', 'time for everything; what has none left is listed', integer(1), 15)
  .option('--out <dir>', 'folder of the report', 'runs/gpu-report')
  .action(async ({ engines, minutes, out }: { engines: string[]; minutes: number; out: string }) => {
    makeFolder(out);
    const temporary = mkdtempSync(join(tmpdir(), 'wsss-gpu-report-'));
    try {
      await measureEngines({
        ...{ engines, seconds: 60 * minutes, machine: machine(), golden: join(root, 'fixtures/golden'), temporary, run: runMcc, logOf },
        begins: what => process.stderr.write(`${what} …\n`),
        found: async report => {
          const json = withoutFolders(JSON.stringify(report, null, 1), temporary);
          await writeAtomically(join(out, 'report.json'), json);
          await writeAtomically(join(out, 'report.html'), gpuReportPage(JSON.parse(json)));
        },
      });
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
    process.stderr.write(`Written to ${out}: report.json, report.html\n`);
  });
await runProgram('gpu-report', () => program.parseAsync(process.argv));

function logOf(out: string): ShapesFigures['records'] {
  const { records } = readRun(out);
  return records.filter(({ kind }) => kind === 'train').map(({ step, values }) => ({ step, values }));
}

/** What is worth knowing about the machine, without names. */
function machine(): Record<string, string> {
  const processors = cpus();
  return {
    system: `${process.platform}-${process.arch}, Node ${process.version}`,
    processor: `${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} threads`,
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    GPU: graphicsProcessors(),
  };
}

/** What NVIDIA's driver says; other GPUs are named by the webgpu engine. */
function graphicsProcessors(): string {
  try {
    const fields = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'];
    return execFileSync('nvidia-smi', fields, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .replaceAll('\n', '; ');
  } catch {
    return 'no NVIDIA GPU with a driver';
  }
}

/** A report whose errors name no folder of this machine. */
function withoutFolders(json: string, temporary: string): string {
  const folders = [temporary, root, homedir()].filter(folder => folder.length > 1);
  return folders.reduce((text, folder) => text.replaceAll(JSON.stringify(folder).slice(1, -1), '…'), json);
}
