import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { createLogger } from '../../diagnostics/logger.ts';
import { FaultRecord } from './fault.ts';
import { openStatusPort } from './status-port.ts';

const quiet = createLogger('test', 'silent');

function open(port: number, ready = true): Promise<number> & { fault: FaultRecord } {
  const fault = new FaultRecord(quiet, {});
  const source = { version: '1.2.3', ready: () => ready, reporters: [], faults: [fault] };
  const listening = new Promise<number>((resolve) => openStatusPort(port, source, fault, resolve));
  return Object.assign(listening, { fault });
}

test('ready says whether the preload is installed', async () => {
  expect((await fetch(`http://127.0.0.1:${await open(0, true)}/ready`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${await open(0, false)}/ready`)).status).toBe(503);
});

test('status and metrics tell the version; other paths are not there', async () => {
  const url = `http://127.0.0.1:${await open(0)}`;
  expect(await (await fetch(`${url}/status`)).json()).toEqual({ version: '1.2.3', ready: true, containers: [] });
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('pyca_agent_info{version="1.2.3"} 1\n');
  expect((await fetch(`${url}/coverage?container=none`)).status).toBe(404);
  expect((await fetch(`${url}/`)).status).toBe(404);
});

test('a port that is taken is said, and used once it is free', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, resolve));
  const { port } = other.address() as { port: number };
  const listening = open(port);
  await expect.poll(() => listening.fault.current?.code).toBe('STATUS_PORT_TAKEN');
  await new Promise((resolve) => other.close(resolve));
  expect(await listening).toBe(port);
  expect(listening.fault.current).toBeNull();
  expect((await fetch(`http://127.0.0.1:${port}/ready`)).status).toBe(200);
});
