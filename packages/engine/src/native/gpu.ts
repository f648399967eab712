import { existsSync } from 'node:fs';
import { koffi } from './koffi.js';

/** Whether this machine has an NVIDIA GPU with a driver, as far as files tell. */
export const hasNvidiaDriver = (): boolean =>
  ['/dev/nvidiactl', '/dev/nvidia0', '/proc/driver/nvidia/version', '/dev/dxg'].some(existsSync);

/** Name and memory, in bytes, of the first GPU that the process may use, asked of NVIDIA's driver; undefined if it does not answer. */
export function firstGpu(): { name: string; memoryBytes: number } | undefined {
  try {
    const driver = koffi.load('libcuda.so.1');
    const call = (name: string, parameters: string[], ...values: unknown[]) => {
      if (driver.func(name, 'int', parameters)(...values) !== 0) throw new Error(name);
    };
    const device = new Int32Array(1);
    const name = Buffer.alloc(256);
    const bytes = new BigUint64Array(1);
    call('cuInit', ['uint'], 0);
    call('cuDeviceGet', ['void *', 'int'], device, 0);
    call('cuDeviceGetName', ['void *', 'int', 'int'], name, name.length, device[0]);
    call('cuDeviceTotalMem_v2', ['void *', 'int'], bytes, device[0]);
    return { name: name.toString('utf8', 0, name.indexOf(0)), memoryBytes: Number(bytes[0]) };
  } catch {
    return undefined;
  }
}
