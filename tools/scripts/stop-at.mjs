// Loaded before the program (`node --import`): stops it with a signal just before the n-th of those operations that make a checkpoint
// durable, or writes down which there are. The program itself knows nothing of this.
//
//   STOP_TRACE=FILE          append a line for every operation
//   STOP_AT=N STOP_WITH=SIG  send this process SIG before the N-th operation; "writeFile, in part" comes after half of the bytes
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

const { STOP_TRACE, STOP_AT, STOP_WITH = 'SIGKILL' } = process.env;
const concerned = /checkpoint|best\.safetensors|iteration-\d+/;
const { appendFileSync, writeSync } = fs;
let count = 0;

function boundary(operation, path, inPart) {
  if (!concerned.test(String(path))) return;
  count++;
  if (STOP_TRACE) appendFileSync(STOP_TRACE, `${count} ${operation} ${basename(String(path)).replace(/\.\d+-\d+\.tmp$/, '.tmp')}\n`);
  if (count !== Number(STOP_AT)) return;
  if (STOP_WITH === 'SIGKILL') inPart?.(); // what goes on would write all of it once more
  process.kill(process.pid, STOP_WITH);
}

/** Puts a boundary before a method, under this name; `path` is one, or gives it from the arguments. */
function guard(owner, method, operation, path) {
  const original = owner[method];
  owner[method] = (...given) => {
    boundary(operation, typeof path === 'function' ? path(...given) : path);
    return original.apply(owner, given);
  };
}

const { open } = fs.promises;
fs.promises.open = async (path, ...rest) => {
  boundary('open', path);
  const handle = await open(path, ...rest);
  const { writeFile } = handle;
  handle.writeFile = (data, ...more) => {
    boundary('writeFile', path);
    boundary('writeFile, in part', path, () => {
      const bytes = Buffer.from(data);
      writeSync(handle.fd, bytes, 0, bytes.length >> 1);
    });
    return writeFile.call(handle, data, ...more);
  };
  guard(handle, 'sync', 'fsync', path);
  guard(handle, 'close', 'close', path);
  return handle;
};
guard(fs.promises, 'rename', 'rename to', (_, to) => to);
guard(fs.promises, 'link', 'link to', (_, to) => to);
guard(fs.promises, 'copyFile', 'copy to', (_, to) => to);
guard(fs.promises, 'rm', 'rm', path => path);
guard(fs, 'fsyncSync', 'fsync', 'log before a checkpoint');
syncBuiltinESMExports();
