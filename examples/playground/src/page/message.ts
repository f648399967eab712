import { byId, element } from './elements.js';

/** Says what went wrong, in one sentence that stays until it is closed or something else has to be said. */
export function say(text: string): void {
  const box = byId('message');
  const close = element('button', { ariaLabel: 'Close this message', textContent: '×', onclick: hush });
  box.replaceChildren(element('span', { textContent: text }), close);
  box.hidden = false;
}

export function hush(): void {
  byId('message').hidden = true;
}

/** Runs what a button asks for; what it throws is said. @returns undefined if it threw */
export async function attempt<T>(work: () => Promise<T> | T): Promise<T | undefined> {
  hush();
  try {
    return await work();
  } catch (error) {
    say(sentence(error));
    return undefined;
  }
}

/** An error as a sentence. A name of a file in front stays as it is. */
function sentence(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim();
  const whole = /^\S+\.\w+\b/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
