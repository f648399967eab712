import { defineConfig } from 'tsup';

const shared = { format: 'esm', target: 'es2022', sourcemap: true } as const;

export default defineConfig([
  { ...shared, entry: ['src/index.ts'], dts: true, clean: true },
  // Workers, found by '../build/…' from src/ as well as from dist/; each is complete in one file.
  { ...shared, entry: ['src/lattice-thread.ts'], outDir: 'build', sourcemap: false },
]);
