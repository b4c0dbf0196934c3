/** The second half of a self-test where reports go to an HTTP ingest or to a file. */

import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { reportSchema } from '../../coverage/report.ts';
import { PycaError } from '../../diagnostics/errors.ts';
import { FileSink } from '../sink/file-sink.ts';
import type { ReportMessage } from '../sink/report-message.ts';
import type { Sink } from '../sink/sink.ts';
import type { Step } from './steps.ts';

/** The ingest knows it by `Pyca-Test: true`. */
export function httpSteps(sink: Sink, message: () => ReportMessage): { reach: Step[]; publishing: Step[] } {
  const reach = async () => {
    await sink.check();
    return sink.address;
  };
  const publish = async () => {
    await sink.publish(message());
    return `${message().body.length} bytes with the header Pyca-Test: true, accepted`;
  };
  return { reach: [{ step: 'connect', work: reach }], publishing: [{ step: 'publish', work: publish }] };
}

/** Nothing goes into the file itself: "pyca report" would show it. */
export function fileSteps(path: string, message: () => ReportMessage): { reach: Step[]; publishing: Step[] } {
  const trial = join(dirname(path), `.pyca-test-${process.pid}.ndjson`);
  const reach = async () => {
    await new FileSink(path).check();
    return `${path} can be written to`;
  };
  const publish = async () => {
    await new FileSink(trial).publish(message());
    return `${message().body.length} bytes to a file beside it`;
  };
  const readBack = async () => {
    try {
      const text = readFileSync(trial, 'utf8');
      reportSchema.parse(JSON.parse(text));
      if (text !== `${message().body}\n`) throw new PycaError('SELF_TEST_FAILED', 'the file holds another report');
      return 'the report is there, and removed again';
    } finally {
      rmSync(trial, { force: true });
    }
  };
  return {
    reach: [{ step: 'file', work: reach }],
    publishing: [
      { step: 'publish', work: publish },
      { step: 'read back', work: readBack },
    ],
  };
}
