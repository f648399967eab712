import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { serveSite } from '../playground/serve-site.js';
import { integer } from './options.js';

const site = fileURLToPath(new URL('../../playground/dist/', import.meta.url));

interface PlaygroundOptions {
  checkpoint?: string;
  port: number;
  open: boolean;
}

/** mcc playground: the page that looks, learns and gives masks, served on this machine. */
export function addCommand(command: Command): void {
  command
    .description(
      'Serves a page on this machine that shows what a network sees in your pictures, and trains one on pictures of your own. ' +
        'What is opened there stays in the browser.',
    )
    .option('--checkpoint <file>', 'checkpoint.safetensors of a run to look at (default: a small one that comes along)')
    .option('--port <n>', 'port to serve on, 0 for any that is free', integer(0), 8300)
    .option('--no-open', 'do not open a browser')
    .addHelpText('after', '\nExamples:\n  mcc playground\n  mcc playground --checkpoint runs/a/checkpoint.safetensors\n\nCtrl-C ends it.')
    .action(playground);
}

async function playground({ checkpoint, port, open }: PlaygroundOptions): Promise<void> {
  if (!existsSync(site))
    throw new Error(`mcc playground comes with the repository of this program, built by pnpm build; ${site} not found`);
  if (port > 65_535) throw new Error(`--port: ${port} is no port; the highest is 65535`);
  if (checkpoint !== undefined) {
    const found = await stat(checkpoint).catch(() => undefined);
    if (!found) throw new Error(`--checkpoint: ${checkpoint} not found`);
    if (!found.isFile()) throw new Error(`--checkpoint: ${checkpoint} is a folder; give its checkpoint.safetensors`);
  }
  const { address, close } = await serveSite(site, { port, extra: checkpoint ? { 'given/checkpoint.safetensors': checkpoint } : {} });
  const page = checkpoint ? `${address}?checkpoint=${encodeURIComponent(basename(checkpoint))}` : address;
  process.stderr.write(`${page}\nCtrl-C ends it.\n`);
  if (open) openBrowser(page);
  await new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await close();
}

/** Opens an address in the browser of whoever sits here; where there is no display, the address that was written has to do. */
function openBrowser(page: string): void {
  const { platform, env } = process;
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return;
  const [program, ...words] = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] }[platform as string] ?? ['xdg-open'];
  spawn(program!, [...words, page], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}
