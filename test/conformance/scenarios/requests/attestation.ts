import assert from 'node:assert/strict';
import type { Client, ServerRequest } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { resumeThread, startThread, startTurn } from '../steps.js';
import { ended, REFUSAL } from './asked.js';
import { NO_APPS, login } from './login.js';

const ATTESTATION = 'attestation/generate';
/** What the model is told of a proof that was not there within a tenth of a second, which a busy machine may take. */
const LATE = '{"v":1,"s":1}';
/** So many turns, so that not all of them are late. */
const TURNS = 3;

/**
 * One of two that can attest is asked for it before each request to the model. What the model is given of the proof is
 * no part of the transcripts, but checked here, for it may be late.
 */
export const attestation: Scenario = {
  name: 'attestation',
  covers: [ATTESTATION],
  options: ['--declare', 'requestAttestation'],
  config: () => NO_APPS,
  async run({ clients: { a, b, c, d }, model, work, settle }) {
    const given: string[] = [];
    model.script = (turn) => {
      given.push(String(turn.request.headers['x-oai-attestation']));
      turn.say('Hello.');
    };
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

    const attested = async (subscribers: readonly Client[], { answer, is }: Proof): Promise<void> => {
      const [asked] = subscribers;
      assert(asked);
      given.length = 0;
      for (let turns = 0; turns < TURNS; turns += 1) {
        await startTurn(b, threadId, 'hello');
        answer(asked, await asked.request(ATTESTATION));
        await ended(subscribers, [d], threadId);
        await settle();
      }
      assert.deepEqual(
        [...new Set(given)].filter((each) => each !== LATE),
        [is],
      );
    };
    for (const proof of proofs) await attested([a, b, c], proof);
    // The first goes, and the other is asked.
    await a.disconnect();
    await attested([c, b], proven('other proof'));
  },
};

interface Proof {
  readonly answer: (client: Client, request: ServerRequest) => void;
  /** What the model is given of it. */
  readonly is: string;
}

function proven(token: string): Proof {
  return {
    answer: (client, request) => client.answer(request, { token }),
    is: JSON.stringify({ v: 1, s: 0, t: token }),
  };
}

const proofs: readonly Proof[] = [
  proven('proof'),
  {
    answer: (client, request) => client.answer(request, { proof: 'of the wrong shape' }),
    is: '{"v":1,"s":4}',
  },
  { answer: (client, request) => client.reject(request, REFUSAL), is: '{"v":1,"s":2}' },
];
