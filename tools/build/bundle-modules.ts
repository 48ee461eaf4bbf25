import type { Metafile } from 'esbuild';

/** The modules of a function's bundle: all, or those that run when it starts and not only when they are asked for. */
export function bundleModules(
  { inputs, outputs }: Metafile,
  name: string,
  part: 'all' | 'at start',
): string[] {
  const bundled = new Set(Object.values(outputs).flatMap((output) => Object.keys(output.inputs)));
  if (part === 'all') return [...bundled];

  const pending = [`handlers/${name}.ts`];
  const seen = new Set<string>();
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const imported of inputs[path]?.imports ?? []) {
      if (imported.external !== true && imported.kind !== 'dynamic-import') pending.push(imported.path);
    }
  }
  return [...seen].filter((path) => bundled.has(path));
}

/** The files that a function reads when it starts, its own first. */
export function startFiles({ outputs }: Metafile, name: string): string[] {
  const [entry = ''] =
    Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === `handlers/${name}.ts`) ?? [];
  const files = [entry];
  for (const file of files) {
    for (const { kind, path, external } of outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true && !files.includes(path)) files.push(path);
    }
  }
  return files;
}
