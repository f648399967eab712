import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/tensor.ts'],
  format: 'esm',
  target: 'es2022',
  dts: { compilerOptions: { stripInternal: true } },
  sourcemap: true,
  clean: true,
});
