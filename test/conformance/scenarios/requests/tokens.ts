import type { Scenario } from '../../scenario.js';
import { startThread, startTurn, status, turnEnds } from '../steps.js';
import { ended, REFUSAL } from './asked.js';
import { NO_APPS, login } from './login.js';

const REFRESH = 'account/chatgptAuthTokens/refresh';

/** A client logs in with tokens of its own; when the model's server turns one away, a new one is asked for. */
export const tokens: Scenario = {
  name: 'tokens',
  covers: [
    REFRESH,
    'account/login/start',
    'account/login/completed',
    'account/updated',
    'account/read',
    'account/logout',
  ],
  config: () => NO_APPS,
  async run({ clients: { a, b, c }, model, work, settle }) {
    await a.connect();
    await b.connect({ experimentalApi: true });
    await c.connect({});
    const everybody = [a, b, c];
    await b.call('account/login/start', { type: 'chatgptAuthTokens', ...login('first') });
    for (const client of everybody) {
      await client.notification('account/login/completed');
      await client.notification('account/updated');
    }
    await b.refused('account/login/start', { type: 'chatgptAuthTokens', ...login('bad'), accessToken: 'no' });
    await a.call('account/read', { refreshToken: false });
    await settle();
    const threadId = await startThread(a, work, {
      config: { 'model_providers.mock.requires_openai_auth': true },
    });
    for (const client of [b, c]) await client.notification('thread/started');

    const turnAway = (): void => {
      let left = 1;
      model.reception = () => {
        left -= 1;
        return left < 0 ? {} : { status: 401, body: { error: { message: 'expired' } } };
      };
    };
    turnAway();
    await startTurn(a, threadId, 'hello');
    const first = await b.request(REFRESH);
    await settle();
    b.answer(first, login('second'));
    await ended([a], [b, c], threadId);
    b.answer(first, login('third'));
    await settle();

    for (const answer of [REFUSAL, null]) {
      turnAway();
      await startTurn(c, threadId, 'hello');
      const request = await b.request(REFRESH);
      await settle();
      if (answer) b.reject(request, answer);
      else b.answer(request, { token: 'of the wrong shape' });
      await turnEnds([a], threadId);
      await status([b, c], threadId, 'systemError');
      await settle();
    }

    await b.call('account/logout');
    for (const client of everybody) await client.notification('account/updated');
    await a.call('account/read', { refreshToken: false });
  },
};
