// Keeps the site for the times without a network, and gives every answer the headers that threads need and the policy that forbids any
// other network, whatever the host sends. files.json lists the site; its version changes with any file.
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; style-src 'self'; " +
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self' blob: data:; manifest-src 'self'; " +
    "base-uri 'none'; form-action 'none'",
};
const listed = fetch(new URL('files.json', self.registration.scope), { cache: 'no-store' }).then(response => response.json());

self.addEventListener('install', event => {
  event.waitUntil(
    listed.then(async ({ version, files }) => {
      const cache = await caches.open(`playground-${version}`);
      await cache.addAll(['./', ...files].map(file => new Request(new URL(file, self.registration.scope), { cache: 'no-cache' })));
      await self.skipWaiting();
    }),
  );
});

self.addEventListener('activate', event => {
  event.waitUntil(
    listed.then(async ({ version }) => {
      const old = (await caches.keys()).filter(name => name.startsWith('playground-') && name !== `playground-${version}`);
      await Promise.all(old.map(name => caches.delete(name)));
      await self.clients.claim();
    }),
  );
});

self.addEventListener('fetch', event => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return;
  event.respondWith(answer(request));
});

async function answer(request) {
  const kept = await caches.match(request, { ignoreSearch: true });
  const response = kept ?? (await fetch(request));
  if (response.type === 'opaque' || response.status === 0) return response;
  const isolated = new Headers(response.headers);
  for (const [name, value] of Object.entries(headers)) isolated.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers: isolated });
}
