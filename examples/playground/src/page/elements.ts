/** The element of an id that the page has. */
export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as E;
}

type Child = Node | string | undefined;

/** A new element with properties and children. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<Omit<HTMLElementTagNameMap[Tag], 'style'>> & { style?: string } = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  const { style, ...others } = properties;
  Object.assign(made, others);
  if (style) made.style.cssText = style;
  made.append(...children.filter(child => child !== undefined));
  return made;
}

/** The value of the radio button that is chosen. */
export const chosen = (name: string): string => document.querySelector<HTMLInputElement>(`input[name="${name}"]:checked`)?.value ?? '';

/** Hands a file to the visitor. */
export function download(name: string, content: Uint8Array | Blob | string, type: string): void {
  const link = element('a', { href: URL.createObjectURL(new Blob([content as BlobPart], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
