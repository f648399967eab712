/** What the page may load and ask for: itself, and what it made; no other network. */
export const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; style-src 'self'; " +
  "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' blob: data:; manifest-src 'self'; " +
  "base-uri 'none'; form-action 'none'";

/** What threads in a page need. */
export const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Headers of every answer. The build puts them into the service worker and into `headers.json`, which `mcc playground` reads. */
export const headers = { ...isolation, 'Content-Security-Policy': `${policy}; frame-ancestors 'none'` };
