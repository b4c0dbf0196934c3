/** The files of the hook that `pyca install` writes, and where they come from. */

import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../diagnostics/version.ts';
import { findPreload } from './preload.ts';

export const PACKAGE = 'platform_coverage_agent';
export const PTH = `${PACKAGE}.pth`;
export const SITECUSTOMIZE = 'sitecustomize.py';

/** By their paths in site-packages, those that load others last. */
export type HookFiles = Map<string, Buffer>;

/** In a checkout they stand beside the preload. The wheel is in a site-packages, where `..` is another's. */
export function readHookFiles(here: string = import.meta.dirname): HookFiles {
  const inCheckout = join(here, 'preload/site', PACKAGE);
  const source = existsSync(inCheckout) ? inCheckout : here;
  const preload = findPreload(here).python;
  const files: HookFiles = new Map();
  for (const name of modulesOf(preload)) {
    files.set(`${PACKAGE}/preload/python/${name}`, readFileSync(join(preload, name)));
  }
  for (const name of modulesOf(source)) files.set(`${PACKAGE}/${name}`, readFileSync(join(source, name)));
  files.set(`${PACKAGE}/VERSION`, Buffer.from(`${version}\n`));
  files.set(`${PACKAGE}/agent-command`, Buffer.from(`${agentCommand().join('\n')}\n`));
  const beside = (name: string) => readFileSync(firstOf(join(source, 'site', name), join(source, '..', name)));
  return files.set(SITECUSTOMIZE, beside(SITECUSTOMIZE)).set(PTH, beside(PTH));
}

/** What an application starts where no agent runs: this very program. */
function agentCommand(): string[] {
  return [process.execPath, ...process.execArgv, realpathSync(process.argv[1] ?? ''), 'agent', '--user'];
}

function modulesOf(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.py'));
}

function firstOf(...files: string[]): string {
  return files.find(existsSync) ?? (files[0] as string);
}
