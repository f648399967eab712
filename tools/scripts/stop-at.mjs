// Loaded before the program (`node --import`): stops it with a signal just before the n-th of those operations that make a checkpoint durable,
// or writes down which there are. The program itself knows nothing of this.
//
//   STOP_TRACE=FILE          append a line for every operation
//   STOP_AT=N STOP_WITH=SIG  send this process SIG before the N-th operation; "writeFile, in part" comes after half of the bytes are written
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

const { STOP_TRACE, STOP_AT, STOP_WITH = 'SIGKILL' } = process.env;
const concerned = /checkpoint|best\.safetensors|iteration-\d+/;
const { appendFileSync, fsyncSync, writeSync } = fs;
let count = 0;

function boundary(operation, path, inPart) {
  if (!concerned.test(String(path))) return;
  count++;
  if (STOP_TRACE) appendFileSync(STOP_TRACE, `${count} ${operation} ${basename(String(path)).replace(/\.\d+-\d+\.tmp$/, '.tmp')}\n`);
  if (count !== Number(STOP_AT)) return;
  if (STOP_WITH === 'SIGKILL') inPart?.(); // what goes on would write all of it once more
  process.kill(process.pid, STOP_WITH);
}

const { open, rename, link, rm, copyFile } = fs.promises;
fs.promises.open = async (path, ...rest) => {
  boundary('open', path);
  const handle = await open(path, ...rest);
  const { writeFile, sync, close } = handle;
  handle.writeFile = (data, ...more) => {
    boundary('writeFile', path);
    boundary('writeFile, in part', path, () => {
      const bytes = Buffer.from(data);
      writeSync(handle.fd, bytes, 0, bytes.length >> 1);
    });
    return writeFile.call(handle, data, ...more);
  };
  handle.sync = () => {
    boundary('fsync', path);
    return sync.call(handle);
  };
  handle.close = () => {
    boundary('close', path);
    return close.call(handle);
  };
  return handle;
};
fs.promises.rename = (from, to) => {
  boundary('rename to', to);
  return rename(from, to);
};
fs.promises.link = (from, to) => {
  boundary('link to', to);
  return link(from, to);
};
fs.promises.copyFile = (from, to) => {
  boundary('copy to', to);
  return copyFile(from, to);
};
fs.promises.rm = (path, ...rest) => {
  boundary('rm', path);
  return rm(path, ...rest);
};
fs.fsyncSync = descriptor => {
  boundary('fsync', 'log before a checkpoint');
  return fsyncSync(descriptor);
};
syncBuiltinESMExports();
