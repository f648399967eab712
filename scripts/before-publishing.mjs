// Runs before a package is published, in its folder: only pnpm turns `workspace:^` into versions, and only what is built can be used.
import { existsSync, readFileSync } from 'node:fs';

const { name, version, exports, bin, files } = JSON.parse(readFileSync('package.json', 'utf8'));
const refuse = reason => {
  process.stderr.write(`${name} is not published: ${reason}\n`);
  process.exit(1);
};
// biome-ignore lint/suspicious/noUndeclaredEnvVars: set by whoever publishes, which is no task of turbo's
const client = process.env.npm_config_user_agent ?? '';
if (!client.startsWith('pnpm/')) refuse('npm would leave workspace:^ in its dependencies; use pnpm release');
if (version === '0.0.0') refuse('it has no version yet; run pnpm changeset version first');
const paths = value => (typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(paths));
for (const [field, value] of Object.entries({ exports, bin, files }))
  for (const path of paths(value)) if (!existsSync(path)) refuse(`${path} of its ${field} is missing; run pnpm build first`);
