import { existsSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { APPROVAL, approval } from '../broker/events.js';
import { ask } from './ask.js';
import { readyBroker, says, tempDir } from './broker.js';
import { Client } from './client.js';

/** Resolves when the file is there, in a folder that is. */
async function appears(folder: string, name: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const watcher = watch(folder, () => look());
    const look = (): void => {
      if (!existsSync(join(folder, name))) return;
      watcher.close();
      resolve();
    };
    look();
  });
}

t.test(
  'a log for people, figures for a monitoring system, and a command when somebody is asked',
  async (t) => {
    const folder = tempDir(t);
    const notify = `echo $THREADCAST_KIND $THREADCAST_THREAD >'${folder}/new' && mv '${folder}/new' '${folder}/asked'`;
    const args = ['--log-format', 'pretty', '--log-level', 'info', '--notify-command', notify];
    const { cli, unix } = await readyBroker(t, { args });
    const client = await Client.connect(t, unix);
    await says(cli, /^\[[-\d]+ [:.\d]+\] INFO: attached$/);
    await says(cli, /^ +address: "unix"$/);
    t.notOk(
      cli.stderr.all.some((line) => line.includes('\u001B')),
      'without colours, for this is no terminal',
    );
    client.ask('thread/resume', { threadId: 't1' });
    await client.next();
    const line = `${JSON.stringify(approval(1))}\n`;
    client.ask('fake/print', { base64: Buffer.from(line).toString('base64') });
    await appears(folder, 'asked');
    t.equal(readFileSync(join(folder, 'asked'), 'utf8'), `${APPROVAL} t1\n`);
    const { status, body } = await ask(unix, '/metrics');
    t.equal(status, 200);
    t.match(body, '\nthreadcast_connections{transport="websocket",wire="stock"} 1\n');
    t.match(body, '\nthreadcast_approvals_open 1\n');
    t.match(await ask(unix, '/metrics', { method: 'HEAD' }), { status: 200, body: '' });
  },
);
