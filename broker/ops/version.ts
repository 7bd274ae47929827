import { createRequire } from 'node:module';
import { z } from 'zod';

// Two folders up in the sources, three from the compiled file.
const path = import.meta.url.includes('/dist/broker/') ? '../../../package.json' : '../../package.json';

/** The version of this package, from its `package.json`. */
export const { version } = z.object({ version: z.string() }).parse(createRequire(import.meta.url)(path));
