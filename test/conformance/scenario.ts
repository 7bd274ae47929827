import { createHome } from '../codex/server.js';
import { ScriptedModel } from '../codex/model.js';
import { Client } from './client.js';
import { normalise, type Normalised } from './normalise.js';
import type { Target } from './targets.js';

/** What a scenario plays on. */
interface Stage {
  /** Not connected yet. */
  readonly clients: Readonly<Record<'a' | 'b' | 'c' | 'd', Client>>;
  readonly model: ScriptedModel;
  /** An empty folder for threads to work in. */
  readonly work: string;
  /**
   * One round trip of each connected client, one after the other: what the server sent before is in their
   * transcripts then, and cannot be mistaken for what comes later.
   */
  readonly settle: () => Promise<void>;
}

/** A script for one to four clients. It waits for events, never for time. */
export interface Scenario {
  readonly name: string;
  /** Feature flags that the server needs. */
  readonly features?: readonly string[];
  run(stage: Stage): Promise<void>;
}

/** Plays a scenario on a fresh server and returns what each client saw. */
export async function play(scenario: Scenario, target: Target, codex: string): Promise<Normalised> {
  const model = await ScriptedModel.start();
  const home = await createHome({ modelUrl: model.url, features: scenario.features ?? [] });
  try {
    const server = await target(codex, home);
    try {
      return normalise(await transcribe(scenario, { url: server.url, model, work: home.work }), home.root);
    } finally {
      await server.stop();
    }
  } finally {
    await model.stop();
    await home.remove();
  }
}

interface Ground {
  readonly url: string;
  readonly model: ScriptedModel;
  readonly work: string;
}

async function transcribe(
  scenario: Scenario,
  { url, model, work }: Ground,
): Promise<Record<string, Client['transcript']>> {
  const [a, b, c, d] = [
    new Client('a', url),
    new Client('b', url),
    new Client('c', url),
    new Client('d', url),
  ];
  const clients = [a, b, c, d];
  const settle = async (): Promise<void> => {
    for (const client of clients) if (client.ready) await client.settle();
  };
  try {
    await scenario.run({ clients: { a, b, c, d }, model, work, settle });
    await settle();
  } finally {
    for (const client of clients) await client.disconnect();
  }
  return Object.fromEntries(clients.map(({ name, transcript }) => [name, transcript]));
}
