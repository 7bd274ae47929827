import type { JSX } from 'preact';
import { useContext } from 'preact/hooks';
import type { CollabAgentItem, SubAgentItem } from '../../../client/runtime-types.js';
import { FILES_SHOWN } from '../../limits.js';
import { Card } from '../Card.js';
import { outcomeOf } from '../outcome.js';
import { LongText } from '../LongText.js';
import { label, listOf, textOf } from '../text.js';
import { OpenThreadContext } from './item.js';
import type { ItemProps } from './item.js';

/** `spawnAgent` as words: `Spawn agent`. What stands in camel case is a name of the runtime. */
function wordsOf(name: string): string {
  const words = label(name)
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function CollabAgents({ item, state, place }: ItemProps<CollabAgentItem>): JSX.Element {
  const states = item.agentsStates ?? {};
  const agents = [...new Set([...listOf(item.receiverThreadIds), ...Object.keys(states)])].map(textOf);
  const prompt = textOf(item.prompt);
  return (
    <Card
      place={place}
      glyph="agent"
      outcome={outcomeOf(item.status, state)}
      title={wordsOf(textOf(item.tool)) || 'Agents'}
      note={<bdi class="deed-line-of-text">{label(prompt)}</bdi>}
      always={
        agents.length > 0 && (
          <ul class="agents">
            {agents.slice(0, FILES_SHOWN).map((threadId) => (
              <Agent
                key={threadId}
                threadId={threadId}
                name={threadId}
                status={wordsOf(textOf(states[threadId]?.status))}
                message={label(states[threadId]?.message)}
              />
            ))}
          </ul>
        )
      }
      inside={prompt === '' ? null : () => <LongText text={prompt} isFinished />}
    />
  );
}

export function SubAgent({ item, place }: ItemProps<SubAgentItem>): JSX.Element {
  const threadId = textOf(item.agentThreadId);
  return (
    <Card
      place={place}
      glyph="agent"
      title={`Agent ${wordsOf(textOf(item.kind)).toLowerCase()}`.trim()}
      always={
        threadId !== '' && (
          <ul class="agents">
            <Agent threadId={threadId} name={textOf(item.agentPath) || threadId} status="" message="" />
          </ul>
        )
      }
    />
  );
}

interface AgentProps {
  readonly threadId: string;
  readonly name: string;
  readonly status: string;
  readonly message: string;
}

function Agent({ threadId, name, status, message }: AgentProps): JSX.Element {
  const openThread = useContext(OpenThreadContext);
  const shown = label(name);
  return (
    <li class="agent">
      <bdi class="path agent-name">{shown}</bdi>
      {status !== '' && <span class="deed-tag">{status}</span>}
      <bdi class="deed-line-of-text">{message}</bdi>
      <button
        type="button"
        class="quiet-button"
        aria-label={`Open the thread of ${shown}`}
        onClick={() => openThread(threadId)}
      >
        Open
      </button>
    </li>
  );
}
