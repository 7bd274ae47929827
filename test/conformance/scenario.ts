import { createHome, type Config, type Folders } from '../codex/server.js';
import { ScriptedModel } from '../codex/model.js';
import { Client } from './client.js';
import type { Freedom } from './lanes.js';
import { normalise, type Normalised } from './normalise.js';
import { shown } from './shown.js';
import type { Target } from './targets.js';

/** What a scenario plays on. */
export interface Stage extends Folders {
  /** Not connected yet. */
  readonly clients: Readonly<Record<'a' | 'b' | 'c' | 'd', Client>>;
  readonly model: ScriptedModel;
  /** The Codex program that is played on. */
  readonly codex: string;
  /**
   * One round trip of each connected client, one after the other: what the server sent before is in their
   * transcripts then, and cannot be mistaken for what comes later.
   */
  readonly settle: () => Promise<void>;
}

/** A script for one to four clients. It waits for events, never for time. */
export interface Scenario {
  readonly name: string;
  /**
   * What it is there to show, by method: requests that are answered with a result, notifications that are received,
   * requests of the server that are asked. Checked whenever it is played; the coverage of the protocol is their sum.
   */
  readonly covers: readonly string[];
  /** Only played in `npm run test:long`. */
  readonly long?: true;
  /** Feature flags that the server needs. */
  readonly features?: readonly string[];
  /** More of the server's `config.toml`. */
  readonly config?: (folders: Folders) => Config;
  /** Options that the broker is started with. */
  readonly options?: readonly string[];
  /** Puts files where the server finds them when it starts. */
  readonly prepare?: (folders: Folders) => Promise<void>;
  /** What the real server leaves open in it. */
  readonly freedoms?: readonly Freedom[];
  run(stage: Stage): Promise<void>;
}

/** What came of a play. */
export interface Played {
  /** What each client saw. */
  readonly seen: Normalised;
  /** What was shown, by method, as in `Scenario.covers`. */
  readonly shown: ReadonlySet<string>;
}

/** Plays a scenario on a fresh server. */
export async function play(scenario: Scenario, target: Target, codex: string): Promise<Played> {
  const model = await ScriptedModel.start();
  const { features = [], options = [], config } = scenario;
  const home = await createHome({ modelUrl: model.url, features, ...(config ? { config } : {}) });
  try {
    await scenario.prepare?.(home);
    const server = await target(codex, home, options);
    try {
      const transcripts = await transcribe(scenario, { ...home, url: server.url, model, codex });
      return { seen: normalise(transcripts, home.root), shown: shown(transcripts) };
    } finally {
      await server.stop();
    }
  } finally {
    await model.stop();
    await home.remove();
  }
}

interface Ground extends Folders {
  readonly url: string;
  readonly model: ScriptedModel;
  readonly codex: string;
}

async function transcribe(
  scenario: Scenario,
  { url, ...ground }: Ground,
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
    await scenario.run({ clients: { a, b, c, d }, ...ground, settle });
    await settle();
  } finally {
    for (const client of clients) await client.disconnect();
  }
  return Object.fromEntries(clients.map(({ name, transcript }) => [name, transcript]));
}
