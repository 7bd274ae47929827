import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { resumeThread, startThread, startTurn } from '../steps.js';
import { ended, REFUSAL } from './asked.js';
import { NO_APPS, login } from './login.js';

const ATTESTATION = 'attestation/generate';

/** One of two that can attest is asked for it before each request to the model; the model says what it was given. */
export const attestation: Scenario = {
  name: 'attestation',
  covers: [ATTESTATION],
  options: ['--declare', 'requestAttestation'],
  config: () => NO_APPS,
  async run({ clients: { a, b, c, d }, model, work, settle }) {
    model.script = (turn) => turn.say(String(turn.request.headers['x-oai-attestation']));
    const attests = { experimentalApi: true, requestAttestation: true };
    await a.connect(attests);
    await b.connect();
    await c.connect(attests);
    await d.connect(attests);
    await a.call('account/login/start', { type: 'chatgptAuthTokens', ...login('first') });
    for (const client of [a, b, c, d]) await client.notification('account/updated');
    await settle();
    const threadId = await startThread(a, work, {
      config: { 'model_providers.mock.requires_openai_auth': true },
    });
    await startTurn(a, threadId, 'hello');
    a.answer(await a.request(ATTESTATION), { token: 'first proof' });
    await ended([a], [b, c, d], threadId);
    for (const client of [b, c]) {
      await resumeThread(client, [a, b, c, d], { threadId, excludeTurns: true });
    }
    await settle();

    const answers: readonly ((client: Client, request: Parameters<Client['answer']>[0]) => void)[] = [
      (client, request) => client.answer(request, { token: 'proof' }),
      (client, request) => client.answer(request, { proof: 'of the wrong shape' }),
      (client, request) => client.reject(request, REFUSAL),
    ];
    for (const answer of answers) {
      await startTurn(b, threadId, 'hello');
      answer(a, await a.request(ATTESTATION));
      await ended([a, b, c], [d], threadId);
      await settle();
    }
    // The first goes, and the other is asked.
    await a.disconnect();
    await startTurn(b, threadId, 'hello');
    c.answer(await c.request(ATTESTATION), { token: 'other proof' });
    await ended([b, c], [d], threadId);
  },
};
