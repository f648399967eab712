import type { Picture } from '@wsss/datasets/shapes';
import { byId, chosen, element } from '../page/elements.js';
import { cssColor, paint } from '../pictures/paint.js';
import { readPicture } from '../pictures/read-picture.js';
import { shrunk } from '../pictures/shrink.js';
import { forget, keep, kept } from '../worker/storage.js';
import type { TagList } from './tags.js';

/** A picture of one's own, with the classes that are in it. */
export interface TaggedPicture {
  id: string;
  name: string;
  tags: Set<string>;
  /** As it is read: at most 1024 pixels a side. */
  picture: Picture;
  /** What the album shows of it. */
  small: Picture;
}

const mostClasses = 80;
const shownSide = 160;

/** The pictures to learn from, tagged by clicks, kept from one visit to the next. */
export class Album {
  readonly pictures: TaggedPicture[] = [];
  readonly classes: string[] = [];
  private next = 0;

  /** @param changed is called when pictures or tags have changed */
  constructor(private readonly changed: () => void) {}

  addClass(name: string): void {
    const trimmed = name.trim();
    if (!trimmed || this.classes.includes(trimmed)) return;
    if (this.classes.length >= mostClasses)
      throw new Error(`There are ${mostClasses} classes already, which is as many as can be learned here.`);
    this.classes.push(trimmed);
  }

  /**
   * Adds pictures; those of a folder are tagged with its name. All that can be read are added.
   *
   * @throws Error naming the first that could not be read, and how many more
   */
  async add(files: readonly File[], folders: boolean): Promise<void> {
    const failures: string[] = [];
    for (const file of files) {
      if (file.name.startsWith('.')) continue;
      try {
        const { picture } = await readPicture(file, file.name);
        const id = `picture-${Date.now().toString(36)}-${this.next++}`;
        const folder = file.webkitRelativePath.split('/').at(-2);
        const tags = new Set(folders && folder ? [folder] : []);
        for (const tag of tags) this.addClass(tag);
        await keep(id, new Uint8Array(await file.arrayBuffer()));
        const taken = this.pictures.some(({ name }) => name === file.name);
        this.pictures.push({
          id,
          name: taken ? `${folder ?? 'again'}/${file.name}` : file.name,
          tags,
          picture,
          small: shrunk(picture, shownSide),
        });
      } catch (error) {
        failures.push((error as Error).message);
      }
    }
    await this.save();
    this.show();
    if (failures.length)
      throw new Error(failures.length > 1 ? `${failures[0]} ${failures.length - 1} more could not be read.` : failures[0]);
  }

  /** Takes the tags of a list, by file names. @returns how many pictures were in it */
  async apply({ classes, tags }: TagList): Promise<number> {
    for (const name of classes) this.addClass(name);
    let count = 0;
    for (const picture of this.pictures) {
      const found = tags.get(picture.name) ?? tags.get(picture.name.split('/').at(-1)!);
      if (!found) continue;
      picture.tags = new Set(found);
      count++;
    }
    await this.save();
    this.show();
    return count;
  }

  get list(): TagList {
    return { classes: [...this.classes], tags: new Map(this.pictures.map(({ name, tags }) => [name, [...tags]])) };
  }

  async clear(): Promise<void> {
    this.pictures.length = 0;
    this.classes.length = 0;
    await forget(name => name.startsWith('picture-') || name === 'album.json');
    this.show();
  }

  /** What was kept of the visit before. */
  async restore(): Promise<void> {
    const text = await kept('album.json');
    if (!text) return;
    const { classes, pictures } = JSON.parse(new TextDecoder().decode(text)) as {
      classes: string[];
      pictures: { id: string; name: string; tags: string[] }[];
    };
    this.classes.push(...classes);
    for (const { id, name, tags } of pictures) {
      const bytes = await kept(id);
      if (!bytes) continue;
      const { picture } = await readPicture(new Blob([bytes as BlobPart]), name);
      this.pictures.push({ id, name, tags: new Set(tags), picture, small: shrunk(picture, shownSide) });
    }
    this.show();
  }

  async save(): Promise<void> {
    const pictures = this.pictures.map(({ id, name, tags }) => ({ id, name, tags: [...tags] }));
    await keep('album.json', JSON.stringify({ classes: this.classes, pictures }));
  }

  show(): void {
    const before = chosen('tag');
    const selected = this.classes.includes(before) ? before : this.classes[0];
    byId('album-classes').replaceChildren(
      ...this.classes.map((name, c) => {
        const radio = element('input', {
          type: 'radio',
          name: 'tag',
          value: name,
          checked: name === selected,
          onchange: () => this.show(),
        });
        const count = this.pictures.filter(({ tags }) => tags.has(name)).length;
        return element(
          'label',
          {},
          radio,
          element('span', { className: 'swatch', style: `background:${cssColor(c + 1)}` }),
          `${name} (${count})`,
        );
      }),
    );
    byId('album').replaceChildren(...this.pictures.map(picture => this.tile(picture, selected)));
    this.changed();
  }

  private tile(tagged: TaggedPicture, tag: string | undefined): HTMLElement {
    const canvas = element('canvas', { ariaHidden: 'true' });
    paint(canvas, tagged.small);
    const names = () => [...tagged.tags].join(', ') || 'no class';
    const caption = element('span', { textContent: `${tagged.name}: ${names()}` });
    const button = element('button', { type: 'button', ariaPressed: String(tag !== undefined && tagged.tags.has(tag)) }, canvas, caption);
    button.onclick = async () => {
      if (tag === undefined) return;
      if (!tagged.tags.delete(tag)) tagged.tags.add(tag);
      button.ariaPressed = String(tagged.tags.has(tag));
      caption.textContent = `${tagged.name}: ${names()}`;
      for (const [i, label] of [...byId('album-classes').children].entries()) {
        const name = this.classes[i]!;
        label.lastChild!.textContent = `${name} (${this.pictures.filter(({ tags }) => tags.has(name)).length})`;
      }
      await this.save();
      this.changed();
    };
    return button;
  }
}
