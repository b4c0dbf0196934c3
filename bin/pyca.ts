/** `pyca ENTRY`: each entry point is loaded only when it is the one asked for. */

import { describeError, PycaError } from '../diagnostics/errors.ts';

const ENTRIES: Record<string, { help: string; run: (args: string[]) => Promise<void> }> = {
  agent: {
    help: 'collect line maps, fingerprint them and publish reports (the sidecar)',
    run: async () => (await import('../agent/main.ts')).runAgent(),
  },
  operator: {
    help: 'serve the admission webhooks and reconcile workloads (--clean-up: take everything of PYCA back)',
    run: async (args) => (await import('../operator/main.ts')).runOperator(args),
  },
};

const HELP = `Usage: pyca ENTRY

${Object.entries(ENTRIES)
  .map(([name, { help }]) => `  ${name.padEnd(10)} ${help}`)
  .join('\n')}

Settings come from the environment: docs/reference/configuration.md
`;

async function main([name, ...args]: string[]): Promise<void> {
  if (!name || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const entry = Object.hasOwn(ENTRIES, name) ? ENTRIES[name] : undefined;
  if (!entry) throw new PycaError('USAGE', `there is no entry point "${name}"`);
  await entry.run(args);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const { code, message, remedy } = describeError(error);
  process.stderr.write(`pyca: ${code}: ${message}${remedy ? `\n      ${remedy}` : ''}\n`);
  process.exit(code === 'USAGE' || code === 'CONFIG_INVALID' ? 2 : 1);
});
