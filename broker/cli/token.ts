import { TokenFile } from '../access/token-file.js';
import type { StateDir } from '../ops/state-dir.js';
import { runningBroker } from './broker-address.js';
import { BrokerClient } from './broker-client.js';
import { CommandError, messageOf } from './exit.js';
import { print, printed } from './output.js';

/**
 * Puts another token in the place of the old one, which is none from then on: the connections that were opened with it
 * are closed. `tokenFile`: that of a broker that does not run; by default the state dir's. @throws {CommandError}
 */
export async function rotateToken(stateDir: StateDir, tokenFile: string | undefined): Promise<void> {
  const running = stateDir.running();
  if (running === null) {
    const file = tokenFile ?? stateDir.tokenPath;
    try {
      new TokenFile(file).rotate();
    } catch (error) {
      throw new CommandError(messageOf(error));
    }
    print(`the new token is in ${file}`);
  } else {
    const client = await BrokerClient.connect(runningBroker(stateDir), undefined, undefined, {
      role: 'controller',
    });
    await client.call('broker/token/rotate', {});
    client.close();
    print(
      `the new token is in ${running.tokenFile ?? stateDir.tokenPath}; what was connected with the old one is closed`,
    );
  }
  await printed();
}
