// Keeps the site for the times without a network, and gives every answer the headers that threads need and the policy that forbids any
// other network, whatever the host sends. The build writes what is in the site here, so that another build is another service worker.
const { version, files, headers } = __SITE__;
const cacheName = `playground-${version}`;

self.addEventListener('install', event => {
  event.waitUntil(keepSite().then(() => self.skipWaiting()));
});

self.addEventListener('activate', event => {
  event.waitUntil(
    caches.keys().then(async names => {
      const old = names.filter(each => each.startsWith('playground-') && each !== cacheName);
      await Promise.all(old.map(each => caches.delete(each)));
      await self.clients.claim();
    }),
  );
});

self.addEventListener('fetch', event => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== location.origin) return;
  event.respondWith(answer(request));
});

/**
 * All files or none. They are kept with their headers, so that no answer passes through this worker: while one does, the worker of the next
 * build has to wait.
 */
async function keepSite() {
  try {
    const cache = await caches.open(cacheName);
    await Promise.all(
      ['./', ...files].map(async file => {
        const url = new URL(file, self.registration.scope);
        const response = await fetch(url, { cache: 'no-cache' });
        if (!response.ok) throw new Error(`${url} was answered with status ${response.status}`);
        await cache.put(url, withHeaders(response));
      }),
    );
  } catch (error) {
    await caches.delete(cacheName);
    throw error;
  }
}

async function answer(request) {
  const kept = await caches.match(request, { cacheName, ignoreSearch: true });
  return kept ?? withHeaders(await fetch(request));
}

function withHeaders(response) {
  if (response.type === 'opaque' || response.status === 0) return response;
  const safe = new Headers(response.headers);
  for (const [header, value] of Object.entries(headers)) safe.set(header, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers: safe });
}
