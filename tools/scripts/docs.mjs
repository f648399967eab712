// npm run docs: the documentation site, docs/dist. Installs and builds first.
import { prepare, run } from '../../scripts/prepare.mjs';

prepare();
run('node', ['tools/docs-site/dist/build.js']);
