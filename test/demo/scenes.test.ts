import t from 'tap';
import { shellCommand } from '../../broker/demo/items.js';
import { agent } from '../../broker/demo/scenes/agent.js';
import { ask } from '../../broker/demo/scenes/ask.js';
import { command } from '../../broker/demo/scenes/command.js';
import { edit } from '../../broker/demo/scenes/edit.js';
import { hunk } from '../../broker/demo/scenes/hunk.js';
import { chooseScene } from '../../broker/demo/scenes/index.js';
import type { Step } from '../../broker/demo/scenes/step.js';
import { tour } from '../../broker/demo/scenes/tour.js';

function sceneFor(text: string): readonly Step[] {
  return chooseScene([{ type: 'text', text }], null, null).steps;
}

t.test('the first word that names a scene chooses it', (t) => {
  t.equal(sceneFor('run'), command);
  t.equal(sceneFor('Please APPROVE this.'), command);
  t.equal(sceneFor('edit, then run'), edit);
  t.equal(sceneFor('ask me'), ask);
  t.equal(sceneFor('send an agent'), agent);
  t.equal(sceneFor('constructor'), tour, 'no word of another kind does');
  t.equal(sceneFor(''), tour);
  t.end();
});

t.test('a long text is as long as wanted', (t) => {
  t.strictSame(sceneFor('long 12'), [{ kind: 'stream', events: 12 }]);
  t.strictSame(sceneFor('something long'), [{ kind: 'stream', events: 200 }]);
  t.strictSame(sceneFor(`long ${'9'.repeat(30)}`), [{ kind: 'stream', events: 10_000_000 }]);
  t.end();
});

t.test('what the user typed is quoted on one line, shortened', (t) => {
  const words = (text: string): unknown => chooseScene([{ type: 'text', text }], null, null).words;
  t.strictSame(words('two\n\nlines'), [['input', 'two lines']]);
  t.strictSame(words('x'.repeat(500)), [['input', `${'x'.repeat(120)}…`]]);
  t.strictSame(words(''), [['input', 'nothing']]);
  t.end();
});

t.test('the header of a hunk counts its lines', (t) => {
  t.equal(hunk(3, ' same\n-old\n+new\n+more\n'), '@@ -3,2 +3,3 @@\n same\n-old\n+new\n+more\n');
  t.end();
});

t.test('a command is quoted for the shell', (t) => {
  t.equal(shellCommand('false'), '/bin/bash -lc false');
  t.equal(shellCommand('npm test'), "/bin/bash -lc 'npm test'");
  t.equal(shellCommand("echo 'a'"), `/bin/bash -lc 'echo '\\''a'\\'''`);
  t.end();
});
