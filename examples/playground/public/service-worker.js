// Keeps the site for the times without a network, and gives every answer the headers that threads need and the policy that forbids any
// other network, whatever the host sends. The build writes what is in the site here, so that another build is another service worker.
const { version, files, headers } = __SITE__;
const name = `playground-${version}`;

self.addEventListener('install', event => {
  event.waitUntil(
    caches.open(name).then(async cache => {
      await cache.addAll(['./', ...files].map(file => new Request(new URL(file, self.registration.scope), { cache: 'no-cache' })));
      await self.skipWaiting();
    }),
  );
});

self.addEventListener('activate', event => {
  event.waitUntil(
    caches.keys().then(async names => {
      const old = names.filter(each => each.startsWith('playground-') && each !== name);
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

async function answer(request) {
  const kept = await caches.match(request, { ignoreSearch: true });
  const response = kept ?? (await fetch(request));
  if (response.type === 'opaque' || response.status === 0) return response;
  const safe = new Headers(response.headers);
  for (const [header, value] of Object.entries(headers)) safe.set(header, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers: safe });
}
