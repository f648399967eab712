const nodeCrypto = globalThis.process?.getBuiltinModule?.('node:crypto');

/** One call of Node's hash takes less than 2 GiB. */
const most = 2 ** 30;

/**
 * SHA-256 of bytes one after the other, 64 hexadecimal digits, in Node and in browsers.
 *
 * @throws Error in a page that is neither served over https nor from localhost: its browser has no SHA-256.
 */
export async function sha256(parts: readonly Uint8Array[]): Promise<string> {
  if (nodeCrypto) {
    const hash = nodeCrypto.createHash('sha256');
    for (const part of parts) for (let at = 0; at < part.length; at += most) hash.update(part.subarray(at, at + most));
    return hash.digest('hex');
  }
  if (!globalThis.crypto?.subtle)
    throw new Error('this page is not secure, so that checkpoints cannot be checked: serve it over https or from localhost');
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', whole)), byte => byte.toString(16).padStart(2, '0')).join('');
}
