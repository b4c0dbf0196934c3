/** `pyca run` in a terminal: job control is the shell's, and a key that sends a signal sends it once. */

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { inChroot, type Python, supported } from '../preload/python/pythons.ts';
import { Project, PYCA } from './project.ts';

const { command } = supported.findLast((candidate) => !inChroot(candidate)) as Python;

/** Types at a program in a terminal of its own: pairs of what to wait for and what to type then. Prints what it showed. */
const TYPIST = `
import os, pty, re, select, sys, time
steps = [tuple(step.split("=>")) for step in sys.argv[1].split("|||")]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
shown, seen, deadline = b"", 0, time.monotonic() + 40
while time.monotonic() < deadline:
    if select.select([terminal], [], [], 0.1)[0]:
        try:
            data = os.read(terminal, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
    if steps:
        found = re.search(steps[0][0].encode(), shown[seen:])
        if found:
            seen += found.end()
            time.sleep(0.3)
            os.write(terminal, steps.pop(0)[1].encode().decode("unicode_escape").encode())
else:
    os.kill(pid, 9)
sys.stdout.write(shown.decode().replace("\\r", ""))
sys.stdout.flush()
_, status = os.waitpid(pid, 0)
print("ENDED", os.waitstatus_to_exitcode(status), "LEFT", len(steps))
`;

function type(p: Project, steps: [wait: string, keys: string][], args: string[]): string {
  const script = steps.map((step) => step.join('=>')).join('|||');
  const options = { cwd: p.folder, env: p.environment({ PS1: '$ ', TERM: 'dumb' }), encoding: 'utf8' } as const;
  return spawnSync(command, ['-c', TYPIST, script, ...args], options).stdout;
}

const COUNTER = `import signal, sys, time
seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append("INT"))
signal.signal(signal.SIGWINCH, lambda *_: seen.append("WINCH"))
print("up", sys.stdin.isatty(), sys.stdout.isatty(), flush=True)
line = ""
while line != "quit":
    line = sys.stdin.readline().strip()
    print("line", line, seen, flush=True)
sys.exit(3)
`;

test('Ctrl-C reaches the command once, pyca waits for it, and the terminal stays the command’s', () => {
  const p = new Project({ 'counter.py': COUNTER });
  const shown = type(
    p,
    [
      ['up True True', '\\x03'],
      ['\\^C', 'one\\n'],
      ['line one', '\\x03'],
      ['\\^C', 'quit\\n'],
    ],
    [PYCA, 'run', '--', command, 'counter.py'],
  );
  expect(shown).toContain("line one ['INT']\n");
  expect(shown).toContain("line quit ['INT', 'INT']\n");
  expect(shown).toMatch(/pyca: .*%.* statements in 1 file ran/);
  expect(shown).toContain('\x1b[1m');
  expect(shown).toContain('ENDED 3 LEFT 0');
});

test('a command that Ctrl-C ends is one that SIGINT ended, for the shell too', () => {
  const p = new Project({ 'sleep.py': 'import time\nprint("up", flush=True)\ntime.sleep(60)\n' });
  const shown = type(p, [['up', '\\x03']], [PYCA, 'run', '--', command, 'sleep.py']);
  expect(shown).toContain('KeyboardInterrupt');
  expect(shown).toContain('ENDED -2 LEFT 0');
});

test('Ctrl-Z, bg, fg and Ctrl-C under a shell with jobs', () => {
  const p = new Project({ 'counter.py': COUNTER });
  const shown = type(
    p,
    [
      ['\\$ ', `${PYCA} run -q -- ${command} counter.py\\n`],
      ['up True True', '\\x1a'],
      ['Stopped', 'jobs\\n'],
      ['Stopped', 'fg\\n'],
      ['counter.py', 'two\\n'],
      ['line two', '\\x03'],
      ['\\^C', 'quit\\n'],
      ['line quit', 'echo code $?\\n'],
      ['code 3', 'exit\\n'],
    ],
    ['bash', '--norc', '--noprofile', '-i'],
  );
  expect(shown).toContain('line two []');
  expect(shown).toContain("line quit ['INT']");
  expect(shown).toContain('code 3');
  expect(shown).toContain('LEFT 0');
});
