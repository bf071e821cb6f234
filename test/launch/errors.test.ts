/** What starting ranks and finding their modules fail with. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LaunchError } from '../../src/launch/error.ts';
import { metaOf } from '../../src/launch/meta.ts';
import { Meeting } from '../../src/launch/spawned/meeting.ts';

const refused = (code: string, operation: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof LaunchError, String(error));
  assert.deepEqual([error.code, error.operation], [code, operation]);
  assert.match(error.message, message);
  return true;
};

it('modules that are not there: with the codes that Node has for them', () => {
  const meta = metaOf(fileURLToPath(import.meta.url));
  const operation = 'import.meta.resolve';
  const missing = () => meta.resolve('no-such-package/part');
  assert.throws(missing, refused('ERR_MODULE_NOT_FOUND', operation, /package 'no-such-package'/));
  const hidden = () => meta.resolve('commander/no-such-part');
  assert.throws(hidden, refused('ERR_PACKAGE_PATH_NOT_EXPORTED', operation, /'\.\/no-such-part'/));
});

it('a process of a job that ends before all were there', async () => {
  const meeting = new Meeting(1);
  await meeting.open();
  const socket = connect(meeting.path);
  socket.on('connect', () => socket.end());
  await assert.rejects(meeting.complete, refused('ERR_START', 'spawn', /before all were there/));
  meeting.leave();
});
