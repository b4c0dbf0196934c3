import { expect, test } from 'vitest';
import { readAgentConfig } from './config.ts';

test('without any setting the defaults stand', () => {
  expect(readAgentConfig({})).toEqual({
    enabled: true,
    preload: undefined,
    data: '/pyca/data',
    containers: [{ name: '', folder: '/pyca/data' }],
    sink: {
      url: undefined,
      folder: process.cwd(),
      token: undefined,
      tokenFile: undefined,
      broker: {
        url: 'amqp://coverage:coverage123@localhost:5672/',
        urlFile: undefined,
        exchange: 'coverage_exchange',
        routingKey: 'coverage.report',
      },
    },
    flushInterval: 60,
    scope: { root: undefined, include: undefined, exclude: undefined },
    pathMapping: [],
    repository: { repo: '', repo_id: '', branch: '', commit: '' },
    github: { token: undefined, apiUrl: undefined },
    sessions: { enabled: false, token: undefined, tokenFile: undefined },
    origin: { namespace: '', pod: '', workload: '' },
    statusPort: 9177,
    logLevel: 'info',
    fault: null,
  });
});

test('each container has its folder', () => {
  const config = readAgentConfig({ PYCA_DATA: '/data', PYCA_CONTAINERS: 'app, worker' });
  expect(config.containers).toEqual([
    { name: 'app', folder: '/data/app' },
    { name: 'worker', folder: '/data/worker' },
  ]);
});

test('a path mapping takes = or : between its two folders', () => {
  const config = readAgentConfig({ PYCA_PATH_MAPPING: '/app=services/checkout; lib:libs/money ;/gone=' });
  expect(config.pathMapping).toEqual([
    { from: '/app', to: 'services/checkout' },
    { from: 'lib', to: 'libs/money' },
    { from: '/gone', to: '' },
  ]);
});

test('wrong settings are named, never quoted, and their defaults stand in; the right ones are kept', () => {
  const config = readAgentConfig({
    PYCA_FLUSH_INTERVAL: 'hunter2',
    PYCA_STATUS_PORT: '99999',
    PYCA_CONTAINERS: '../../etc',
    PYCA_PATH_MAPPING: 'nonsense',
    PYCA_LOG_LEVEL: 'loud',
    PYCA_ENABLED: 'perhaps',
    PYCA_EXCHANGE: 'mine',
  });
  expect(config).toMatchObject({
    flushInterval: 60,
    statusPort: 9177,
    pathMapping: [],
    logLevel: 'info',
    enabled: true,
  });
  expect(config.containers).toEqual([{ name: '', folder: '/pyca/data' }]);
  expect(config.sink.broker.exchange).toBe('mine');
  expect(config.fault?.code).toBe('CONFIG_INVALID');
  for (const name of ['FLUSH_INTERVAL', 'STATUS_PORT', 'CONTAINERS', 'PATH_MAPPING', 'LOG_LEVEL', 'ENABLED']) {
    expect(config.fault?.message).toContain(`PYCA_${name}`);
  }
  expect(config.fault?.message).not.toContain('hunter2');
});

test('a wrong setting under its older name is found too', () => {
  const config = readAgentConfig({ PCA_FLUSH_INTERVAL: '-1' });
  expect(config.flushInterval).toBe(60);
  expect(config.fault?.message).toContain('FLUSH_INTERVAL');
});
