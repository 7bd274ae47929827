import { StateDir, StateDirError } from '../ops/state-dir.js';
import { CommandError, exitCodes, messageOf } from './exit.js';

/** The state dir of a command line. @throws {CommandError} it cannot be one @throws {StateDirError} */
export function openStateDir(path: string): StateDir {
  try {
    return new StateDir(path);
  } catch (error) {
    if (error instanceof StateDirError) throw error;
    throw new CommandError(`cannot use the state dir ${path}: ${messageOf(error)}`, exitCodes.usage);
  }
}
