import { byId } from './elements.js';

/**
 * Keeps the site for the times without a network. Where the host does not send the headers that threads need, the service worker adds them,
 * and the page is loaded once more.
 */
export async function keepForOffline(): Promise<void> {
  if (import.meta.env.DEV || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('service-worker.js', { scope: './' });
    await navigator.serviceWorker.ready;
    byId('offline-state').textContent = 'Kept by this browser: it opens without a network, too.';
    document.documentElement.dataset.offline = 'true';
    if (!globalThis.crossOriginIsolated && !sessionStorage.getItem('reloaded') && navigator.serviceWorker.controller === null) {
      sessionStorage.setItem('reloaded', 'yes');
      location.reload();
    }
  } catch {
    byId('offline-state').textContent = 'This browser does not keep it: it needs the network to open.';
  }
}
