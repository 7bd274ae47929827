/** Before the tests: puts Codex into the cache, once for all of them, and says what they will have. */
import { installCodex } from './install.js';

const codex = await installCodex();
process.stdout.write('command' in codex ? 'Codex is in the cache\n' : `without Codex: ${codex.missing}\n`);
