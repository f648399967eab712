import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

/** A site that is served. */
export interface ServedSite {
  address: string;
  close(): Promise<void>;
}

/**
 * Serves the files of a folder on this machine alone, with the headers that its `headers.json` asks for: threads are allowed, and no
 * network but this server.
 *
 * @param options.port 0: any that is free.
 * @param options.extra files from elsewhere, by their path in the site: `given/checkpoint.safetensors`.
 * @throws Error if the port is taken, or there are no headers.
 */
export async function serveSite(
  folder: string,
  { port, extra = {} }: { port: number; extra?: Record<string, string> },
): Promise<ServedSite> {
  const asked = JSON.parse(await readFile(join(folder, 'headers.json'), 'utf8')) as Record<string, string>;
  const headers = { ...asked, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-cache' };
  const server = createServer(async ({ method, url = '/', headers: { host } }, response) => {
    const refuse = (status: number) => response.writeHead(status, headers).end();
    // A page elsewhere may have a name that leads here; it is not answered.
    if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(host ?? '')) return refuse(403);
    if (method !== 'GET' && method !== 'HEAD') return refuse(405);
    const path = pathOf(url);
    if (path === undefined) return refuse(400);
    const file = extra[path] ?? join(folder, path || 'index.html');
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile()) return refuse(404);
    const type = types[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { ...headers, 'Content-Type': type, 'Content-Length': found.size });
    if (method === 'HEAD') return response.end();
    return pipeline(createReadStream(file), response).catch(() => response.destroy());
  });
  await listen(server, port);
  return {
    address: `http://localhost:${(server.address() as { port: number }).port}/`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The path inside the site that an address asks for; undefined if it leads out of it. */
function pathOf(url: string): string | undefined {
  try {
    const path = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname)).replace(/^[/\\]+/, '');
    return path.split(sep).includes('..') || path.includes('\0') ? undefined : path;
  } catch {
    return undefined;
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = { EADDRINUSE: 'something else uses it', EACCES: 'it is reserved for the system' };
      reject(new Error(`--port: nothing can be served on ${port}: ${reasons[error.code ?? ''] ?? error.message}; choose another port`));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}
