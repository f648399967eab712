import { byId } from './elements.js';
import { say } from './message.js';

/**
 * Keeps the site for the times without a network. Where the host does not send the headers that threads need, the service worker adds them,
 * and the page is loaded once more, unless somebody is at work in it.
 */
export async function keepForOffline(): Promise<void> {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('service-worker.js', { scope: './' });
    await navigator.serviceWorker.ready;
    byId('offline-state').textContent = 'Kept by this browser: it opens without a network, too.';
    document.documentElement.dataset.offline = 'true';
    if (globalThis.crossOriginIsolated || sessionStorage.getItem('reloaded')) return;
    if (navigator.userActivation?.hasBeenActive) return say('This page runs on one thread; load it again, and it can use more.');
    sessionStorage.setItem('reloaded', 'yes');
    location.reload();
  } catch {
    byId('offline-state').textContent = 'This browser does not keep it: it needs the network to open.';
  }
}
