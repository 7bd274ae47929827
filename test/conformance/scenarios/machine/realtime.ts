import type { WebSocket } from 'ws';
import type { Json } from '../../../codex/json.js';
import type { Client } from '../../client.js';
import type { Scenario } from '../../scenario.js';
import { resumeThread, startThread, wholeTurn } from '../steps.js';
import { Backend, type Pages } from './backend.js';
import { calls, refusals, told } from './steps.js';

const pages: Pages = {
  'POST /v1/realtime/calls': (asked) => {
    asked.hold();
    return null;
  },
};

/** What a spoken answer is made of, and the last thing that clients are told of each part. */
const SPOKEN: readonly (readonly [said: { readonly [name: string]: Json }, told: string])[] = [
  [
    {
      type: 'conversation.item.added',
      item: { id: 'item_1', type: 'message', role: 'assistant', content: [] },
    },
    'thread/realtime/itemAdded',
  ],
  [
    { type: 'response.output_audio.delta', delta: 'AAAA', item_id: 'item_1' },
    'thread/realtime/outputAudio/delta',
  ],
  [
    { type: 'response.output_audio_transcript.delta', delta: 'Hello ', item_id: 'item_1' },
    'thread/realtime/transcript/delta',
  ],
  [
    { type: 'response.output_audio_transcript.done', transcript: 'Hello ', item_id: 'item_1' },
    'thread/realtime/transcript/done',
  ],
];

/**
 * A conversation by voice, with a server here in place of the provider's: who is subscribed hears it, and whoever
 * says something in it is subscribed by that.
 */
export const realtime: Scenario = {
  name: 'realtime',
  features: ['realtime_conversation'],
  covers: [
    'thread/realtime/start',
    'thread/realtime/appendText',
    'thread/realtime/appendAudio',
    'thread/realtime/appendSpeech',
    'thread/realtime/stop',
    'thread/realtime/started',
    'thread/realtime/itemAdded',
    'thread/realtime/item/started',
    'thread/realtime/item/transcript/delta',
    'thread/realtime/item/completed',
    'thread/realtime/transcript/delta',
    'thread/realtime/transcript/done',
    'thread/realtime/outputAudio/delta',
    'thread/realtime/error',
    'thread/realtime/closed',
    'thread/realtime/sdp',
  ],
  prepare: async (folders) => {
    await Backend.prepare(folders, pages, (toml, url) =>
      [
        `experimental_realtime_ws_base_url = "${url}"`,
        `experimental_realtime_webrtc_call_base_url = "${url}/v1"`,
        'experimental_realtime_ws_backend_prompt = "Be brief"',
        'experimental_realtime_ws_startup_context = ""',
        toml.replace('[model_providers.mock]', '$&\nexperimental_bearer_token = "token"'),
      ].join('\n'),
    );
  },
  async run({ clients: { a, b, c, d }, root, work, settle }) {
    for (const client of [a, b, d]) await client.connect();
    await c.connect({});
    const backend = Backend.of({ root });
    const threadId = await startThread(a, work);
    await wholeTurn([a], threadId, 'hello');
    await resumeThread(c, [a, b, c, d], { threadId, excludeTurns: true });
    await settle();
    await refusals(c, [
      ['thread/realtime/start', { threadId, outputModality: 'audio' }],
      ['thread/realtime/appendText', { threadId, text: 'x', role: 'user' }],
      ['thread/realtime/stop', { threadId }],
    ]);
    await refusals(b, [
      ['thread/realtime/start', { threadId }],
      ['thread/realtime/stop', { threadId: '00000000-0000-7000-8000-000000000000' }],
    ]);

    await a.call('thread/realtime/start', {
      threadId,
      outputModality: 'audio',
      version: 'v2',
      transport: { type: 'websocket' },
    });
    const voice = await backend.socket();
    say(voice, { type: 'session.updated', session: { id: 'session_1', instructions: 'Be brief' } });
    await a.notification('thread/realtime/started');
    for (const [said, method] of SPOKEN) {
      say(voice, said);
      await a.notification(method);
    }
    await settle();

    // Who was not subscribed says something, and is.
    await b.call('thread/realtime/appendText', { threadId, text: 'And you?', role: 'user' });
    const audio = { data: 'AAAA', sampleRate: 24_000, numChannels: 1, samplesPerChannel: 2, itemId: null };
    await calls(b, [
      ['thread/realtime/appendAudio', { threadId, audio }],
      ['thread/realtime/appendSpeech', { threadId, text: 'Hm' }],
    ]);
    for (const [said, method] of SPOKEN.slice(1, 3)) {
      say(voice, said);
      await told([a, b], method);
    }
    await settle();
    await b.call('thread/realtime/stop', { threadId });
    await told([a, b], 'thread/realtime/closed');
    await settle();

    await overWebRtc([a, b], backend, threadId);
    await settle();
    backend.stop();
  },
};

function say(socket: WebSocket, message: { readonly [name: string]: Json }): void {
  socket.send(JSON.stringify(message));
}

/** The same over WebRTC, until the line fails. */
async function overWebRtc(
  subscribers: readonly [Client, ...Client[]],
  backend: Backend,
  threadId: string,
): Promise<void> {
  const [first] = subscribers;
  const ring = { type: 'webrtc', sdp: 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n' };
  await first.call('thread/realtime/start', {
    threadId,
    outputModality: 'audio',
    version: 'v1',
    transport: ring,
  });
  const { response } = await backend.held();
  response.setHeader('location', '/v1/realtime/calls/rtc_1');
  response.end('v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\n');
  await told(subscribers, 'thread/realtime/sdp');
  const second = await backend.socket();
  say(second, { type: 'session.updated', session: { id: 'session_2', instructions: 'Be brief' } });
  await told(subscribers, 'thread/realtime/started');
  say(second, {
    type: 'error',
    error: { message: 'The line is bad', type: 'server_error', code: 'bad_line' },
  });
  await told(subscribers, 'thread/realtime/closed');
}
