import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/download.ts'],
  format: 'esm',
  target: 'es2022',
  dts: true,
  sourcemap: true,
  clean: true,
});
