import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes FOLDER/NAME.js, a module that exports a text under a name, with its types. */
export async function writeText(folder, name, exported, text) {
  const files = {
    [`${name}.d.ts`]: `export declare const ${exported}: string;\n`,
    [`${name}.js`]: `export const ${exported} = ${JSON.stringify(text)};\n`,
  };
  for (const [file, contents] of Object.entries(files)) {
    const temporary = join(folder, `${file}.${process.pid}`);
    await writeFile(temporary, contents);
    await rename(temporary, join(folder, file));
  }
}
