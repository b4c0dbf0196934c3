/** `pyca COMMAND`: each command is loaded only when it is the one asked for. */

import { describeError, PycaError } from '../diagnostics/errors.ts';

/** `run` resolves to the exit code; 0 if it is no number. */
type Command = { help: string; run: (args: string[]) => Promise<unknown> };

const COMMANDS: Record<string, Command> = {
  run: {
    help: 'run any command and report which lines of your Python ran',
    run: async (args) => (await import('../agent/command/run.ts')).run(args),
  },
  report: {
    help: 'show coverage as a table, as HTML, LCOV, Cobertura or JSON',
    run: async (args) => (await import('../agent/command/report.ts')).report(args),
  },
  session: {
    help: 'see what runs between a start and a stop, in processes that go on',
    run: async (args) => (await import('../agent/command/session.ts')).session(args),
  },
  install: {
    help: 'put the hooks into a Python: its programs are collected from then on',
    run: async (args) => (await import('../agent/command/install.ts')).install(args),
  },
  uninstall: {
    help: 'take them out again',
    run: async (args) => (await import('../agent/command/install.ts')).uninstall(args),
  },
  status: {
    help: 'what is installed, enabled, running, configured and reported',
    run: async (args) => (await import('../agent/command/status.ts')).status(args),
  },
  test: {
    help: 'try every step from a line that runs to a report that arrives',
    run: async (args) => (await import('../agent/command/self-test.ts')).selfTest(args),
  },
  agent: {
    help: 'collect line maps, fingerprint them and publish reports (the sidecar)',
    run: async (args) =>
      args[0] === '--user'
        ? (await import('../agent/user-agent/user-agent-main.ts')).runUserAgent()
        : (await import('../agent/main.ts')).runAgent(),
  },
  operator: {
    help: 'serve the admission webhooks and reconcile workloads (--clean-up: take everything of PYCA back)',
    run: async (args) => (await import('../operator/main.ts')).runOperator(args),
  },
};

/** Who asks for `process.stdout` makes a pipe non-blocking, for the command of `pyca run` too; the others write logs. */
const WITH_OUTPUT_OF_OTHERS = new Set(['run', 'agent', 'operator']);

const HELP = `Usage: pyca COMMAND

${Object.entries(COMMANDS)
  .map(([name, { help }]) => `  ${name.padEnd(10)} ${help}`)
  .join('\n')}

pyca COMMAND --help tells more of one. Settings come from the environment: docs/reference/configuration.md
`;

async function main([name, ...args]: string[]): Promise<unknown> {
  if (!name || !WITH_OUTPUT_OF_OTHERS.has(name)) process.stdout.on('error', endUnlessClosed);
  if (!name || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new PycaError('USAGE', `there is no command "${name}"`);
  return command.run(args);
}

/** Whoever reads may have read enough: pyca report | head */
function endUnlessClosed({ code }: NodeJS.ErrnoException): void {
  if (code !== 'EPIPE') process.exit(1);
}

main(process.argv.slice(2)).then(
  (code) => {
    if (typeof code === 'number') process.exitCode = code;
  },
  (error: unknown) => {
    const { code, message, remedy } = describeError(error);
    process.stderr.write(`pyca: ${code}: ${message}${remedy ? `\n      ${remedy}` : ''}\n`);
    process.exit(code === 'USAGE' || code === 'CONFIG_INVALID' ? 2 : 1);
  },
);
