// The playground in headless Chromium, served by `mcc playground`: predicts as mcc predict does, trains as mcc train does, is paused,
// reloaded and goes on, gives files that mcc reads, works without a network, says what is wrong, and can be used by everybody. Needs what
// pnpm build makes, and Chromium (Debian: apt-get install chromium; or CHROMIUM_PATH), and says so where there is none.
// Parity is that of `pnpm parity`, in a page.
//
// usage: node tools/scripts/playground.mjs [part …]   look, learn, own, errors, offline, parity; all of these where none is named; webgpu
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { checkErrors } from './playground/errors.mjs';
import { checkLearn } from './playground/learn.mjs';
import { checkLook } from './playground/look.mjs';
import { checkOffline } from './playground/offline.mjs';
import { checkOwnPictures } from './playground/own-pictures.mjs';
import { checkParityOnWasm, checkParityOnWebgpu } from './playground/parity.mjs';
import { startSite, temporaryFolder } from './playground/site.mjs';

const parts = {
  look: checkLook,
  learn: checkLearn,
  own: checkOwnPictures,
  errors: checkErrors,
  offline: checkOffline,
  parity: checkParityOnWasm,
};
/** What takes longer, and is done where it is named. */
const slowParts = { webgpu: checkParityOnWebgpu };
const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = [process.env.CHROMIUM_PATH, ...usual].find(path => path && existsSync(path));
if (!executablePath) {
  process.stderr.write(
    'No Chromium was found, so the playground was not opened. Install it (apt-get install chromium) or set CHROMIUM_PATH.\n',
  );
  process.exit(0);
}
const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const folder = temporaryFolder();
const camera = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...camera] });
const site = await startSite();
try {
  for (const name of chosen) {
    const begun = performance.now();
    const found = await { ...parts, ...slowParts }[name]({ browser, site, folder: folder.path });
    process.stdout.write(`${name.padEnd(8)} ${found} (${((performance.now() - begun) / 1000).toFixed(0)} s)\n`);
  }
} finally {
  await browser.close();
  await site.close();
  folder.remove();
}
