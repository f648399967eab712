import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { Application, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { pages, root, site } from './folders.js';

/** What can be imported: `@wsss/crf` and `@wsss/crf/tensor` are two. */
export interface Entry {
  /** As programs import it. */
  name: string;
  /** Folder of its package. */
  folder: string;
  /** Its source, in the repository. */
  file: string;
  /** Its page of the API, among the site's sources. */
  page: string;
}

/** All entries of all packages that are published, read from their `exports`. */
export function entries(): Entry[] {
  return readdirSync(join(root, 'packages')).flatMap(folder => {
    const { name, private: internal, exports = {} } = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
    if (internal) return [];
    return Object.entries(exports as Record<string, { types?: string }>).flatMap(([path, { types }]) => {
      const [, module] = /^\.\/dist\/(.+)\.d\.ts$/.exec(types ?? '') ?? [];
      if (!module) return [];
      const page = module === 'index' ? 'api.md' : `api-${module.replaceAll('/', '-')}.md`;
      return { name: name + path.slice(1), folder, file: `packages/${folder}/src/${module}.ts`, page: `packages/${folder}/${page}` };
    });
  });
}

/**
 * Writes the pages of the API: what TypeDoc makes of the doc comments, one page for each entry.
 *
 * Comments that it finds fault with, such as an `@param` of no parameter, are listed on standard error.
 *
 * @throws Error when it cannot read the packages.
 */
export async function writeApi(): Promise<void> {
  const folder = join(site, '.cache/api');
  rmSync(folder, { recursive: true, force: true });
  const all = entries();
  const options: TypeDocOptions & PluginOptions = {
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: all.map(({ file }) => join(root, file)),
    basePath: root,
    tsconfig: join(site, 'tsconfig.api.json'),
    out: folder,
    router: 'module',
    readme: 'none',
    name: 'API',
    groupOrder: ['Functions', 'Classes', 'Variables', 'Interfaces', 'Type Aliases'],
    skipErrorChecking: true, // `pnpm typecheck` does that
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    disableGit: true,
    sourceLinkTemplate: 'https://github.com/wsss/wsss/blob/main/{path}#L{line}',
    validation: { invalidLink: true, invalidPath: true, notExported: false, notDocumented: false },
    logLevel: 'Warn',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useHTMLAnchors: true,
    useCodeBlocks: true,
    expandObjects: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
  };
  const application = await Application.bootstrapWithPlugins(options);
  const project = await application.convert();
  if (!project) throw new Error('TypeDoc could not read the packages; what it said stands above');
  application.validate(project);
  await application.generateOutputs(project);
  if (application.logger.hasErrors()) throw new Error('TypeDoc could not write the API; what it said stands above');
  const written = ({ file }: Entry) => file.replace(/(\/index)?\.ts$/, '.md');
  const pageOf = new Map(all.map(entry => [written(entry), entry.page]));
  for (const entry of all) {
    const text = readFileSync(join(folder, written(entry)), 'utf8').replace(/^# .*$/m, `# API of ${entry.name}`);
    const target = join(pages, entry.page);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, movedLinks(text, entry.page, written(entry), pageOf));
  }
}

/** TypeDoc's pages lie as the sources do; those of the site beside the first page of their package. */
function movedLinks(text: string, page: string, written: string, pageOf: ReadonlyMap<string, string>): string {
  return text.replace(/(\]\()([^()\s#]+\.md)(#[^()\s]*)?(\))/g, (link, open, target, anchor = '', close) => {
    const there = pageOf.get(posix.join(posix.dirname(written), target));
    return there ? `${open}${posix.relative(posix.dirname(page), there)}${anchor}${close}` : link;
  });
}
