/** Takes files that are dropped anywhere on the page, folders with all that is in them, and pictures that are pasted. */
export function startDropping(take: (files: () => Promise<File[]>) => unknown): void {
  const { body } = document;
  addEventListener('dragover', event => {
    if (![...(event.dataTransfer?.types ?? [])].includes('Files')) return;
    event.preventDefault();
    body.classList.add('dropping');
  });
  addEventListener('dragleave', ({ relatedTarget }) => {
    if (!relatedTarget) body.classList.remove('dropping');
  });
  addEventListener('drop', event => {
    event.preventDefault();
    body.classList.remove('dropping');
    const entries = [...(event.dataTransfer?.items ?? [])].map(item => item.webkitGetAsEntry()).filter(entry => entry !== null);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (entries.length || files.length)
      take(async () => (entries.length ? inOrder((await Promise.all(entries.map(filesOf))).flat()) : files));
  });
  addEventListener('paste', event => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) take(async () => files);
  });
}

/** By path: a file system gives the files of a folder in any order. */
const inOrder = (files: File[]) => files.sort((a, b) => (a.webkitRelativePath < b.webkitRelativePath ? -1 : 1));

/** A file, or the files below a folder; each knows the folder that it came from, as those of a folder's input do. */
async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    Object.defineProperty(file, 'webkitRelativePath', { value: entry.fullPath.slice(1) });
    return [file];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return (await Promise.all(found.map(filesOf))).flat();
    found.push(...some);
  }
}
