// Runs before a package is published, in its folder: only pnpm turns `workspace:^` into versions, and only what is built can be used.
import { existsSync, readFileSync } from 'node:fs';

const { name, version, exports } = JSON.parse(readFileSync('package.json', 'utf8'));
const refuse = reason => {
  process.stderr.write(`${name} is not published: ${reason}\n`);
  process.exit(1);
};
if (!/^pnpm\//.test(process.env.npm_config_user_agent ?? '')) refuse('npm would leave workspace:^ in its dependencies; use pnpm release');
if (version === '0.0.0') refuse('it has no version yet; run pnpm changeset version first');
const targets = value => (typeof value === 'string' ? [value] : Object.values(value).flatMap(targets));
for (const target of targets(exports)) if (!existsSync(target)) refuse(`${target} of its exports is missing; run pnpm build first`);
