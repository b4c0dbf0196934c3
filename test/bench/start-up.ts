/** What the preload adds to the start of a Python, as pods have it: by the hook, from a folder that they can't write to. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPreload, installPreload } from '../../agent/preload.ts';
import { coveragePy, inChroot, type Python, supported } from '../preload/python/pythons.ts';
import { quantile } from './distribution.ts';
import { type Figure, printFigures, printHeader } from './figure.ts';

const ROOT = join(import.meta.dirname, '../..');
const ROUNDS = 60;

/** In milliseconds. */
type Time = { processor: number; wall: number };
type Command = { args: readonly string[]; environment: Record<string, string> };

/** Starts a command as its one child, as only a parent learns what processor time a process took. */
const STOPWATCH = `
import json, os, sys, time
command, environment = json.load(sys.stdin)
began = time.perf_counter()
child = os.posix_spawn(command[0], command, environment)
_, status, usage = os.wait4(child, 0)
wall = time.perf_counter() - began
print(json.dumps({"processor": (usage.ru_utime + usage.ru_stime) * 1000, "wall": wall * 1000}))
sys.exit(status != 0)
`;

export async function measureStartUp(): Promise<Figure[]> {
  return supported.filter((python) => !inChroot(python)).flatMap(measure);
}

function measure(python: Python): Figure[] {
  const folder = mkdtempSync(join(tmpdir(), 'pyca-start-up-'));
  try {
    writeFileSync(join(folder, 'app.py'), 'total = sum(range(10))\n');
    const withBytecode = preload(join(folder, 'bytecode'), python.command);
    const withSources = preload(join(folder, 'sources'), 'false');
    const beside = { PYTHONPATH: coveragePy(python) };
    // pip compiles it for its own Python only.
    execFileSync(python.command, ['-m', 'compileall', '-q', beside.PYTHONPATH]);
    const idle = ['-c', 'pass'];
    const script = ['app.py'];
    const rounds = interleave(python, folder, {
      idle: { args: idle, environment: {} },
      idleBytecode: { args: idle, environment: withBytecode },
      idleSources: { args: idle, environment: withSources },
      script: { args: script, environment: {} },
      scriptBytecode: { args: script, environment: withBytecode },
      scriptSources: { args: script, environment: withSources },
      coveragePy: { args: ['-m', 'coverage', 'run', ...script], environment: beside },
    });
    const more = (than: Name, name: Name) => difference(rounds[than], rounds[name]);
    return [
      {
        what: `Python ${python.version}: start, nothing in scope`,
        measured: `${more('idle', 'idleBytecode')} (without bytecode: ${more('idle', 'idleSources')})`,
        peer: `plain: ${total(rounds.idle)}`,
        goal: '≤ +1 ms processor',
      },
      {
        what: `Python ${python.version}: start of a script in scope`,
        measured: `${more('script', 'scriptBytecode')} (without bytecode: ${more('script', 'scriptSources')})`,
        peer: `plain: ${total(rounds.script)}; coverage.py: ${more('script', 'coveragePy')}`,
        goal: '≤ +5 ms processor',
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Name = 'idle' | 'idleBytecode' | 'idleSources' | 'script' | 'scriptBytecode' | 'scriptSources' | 'coveragePy';

/** Installs the preload with the bytecode of that interpreter; returns what the pod's containers get to know of it. */
function preload(folder: string, interpreter: string): Record<string, string> {
  const [built, installed] = [join(folder, 'built'), join(folder, 'installed')];
  mkdirSync(installed, { recursive: true });
  execFileSync(join(ROOT, 'agent/preload/python/compile.sh'), [built, interpreter], { stdio: 'ignore' });
  installPreload({ library: findPreload(join(ROOT, 'agent')).library, python: built }, installed);
  return { LD_PRELOAD: join(installed, 'pyca-env.so'), PYCA_PYTHONPATH: join(installed, 'python') };
}

/** Each command in turn, round after round: what else the machine does meets them all. The first round warms up. */
function interleave(python: Python, cwd: string, commands: Record<Name, Command>): Record<Name, Time[]> {
  const data = join(cwd, 'data');
  const names = Object.keys(commands) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as Time[]])) as Record<Name, Time[]>;
  for (let round = 0; round <= ROUNDS; round++) {
    for (const name of names) {
      rmSync(data, { recursive: true, force: true });
      mkdirSync(data);
      const { args, environment } = commands[name];
      // Read-only to root as well: nobody writes bytecode.
      const all = {
        PYCA_DATA: data,
        COVERAGE_FILE: join(data, '.coverage'),
        PYTHONDONTWRITEBYTECODE: '1',
        ...environment,
      };
      const input = JSON.stringify([[python.command, ...args], all]);
      const time = JSON.parse(execFileSync(python.command, ['-I', '-c', STOPWATCH], { cwd, input, encoding: 'utf8' }));
      if (round > 0) times[name].push(time);
    }
  }
  return times;
}

function total(times: readonly Time[]): string {
  return `${median(times.map(({ processor }) => processor))} ms processor, ${median(times.map(({ wall }) => wall))} ms wall`;
}

/** Of the two in one round: what slows the machine down for a while falls out. */
function difference(from: readonly Time[], to: readonly Time[]): string {
  const [processor, wall] = (['processor', 'wall'] as const).map((of) => {
    const value = median(to.map((time, round) => time[of] - (from[round]?.[of] ?? Number.NaN)));
    return `${value.startsWith('-') ? '' : '+'}${value} ms ${of}`;
  });
  return `${processor}, ${wall}`;
}

function median(values: readonly number[]): string {
  return quantile(values, 0.5).toFixed(1);
}

if (import.meta.main) {
  printHeader();
  printFigures(await measureStartUp());
}
