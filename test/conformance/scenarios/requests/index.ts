import type { Scenario } from '../../scenario.js';
import { agents } from './agents.js';
import { attestation } from './attestation.js';
import { autoReview } from './auto-review.js';
import { clock } from './clock.js';
import { commands } from './commands.js';
import { decisions } from './decisions.js';
import { dynamicTool } from './dynamic-tool.js';
import { elicitation } from './elicitation.js';
import { fileChange } from './file-change.js';
import { modelWords } from './model-words.js';
import { nestedAgents } from './nested-agents.js';
import { openRequestEnds } from './open-request-ends.js';
import { openRequests } from './open-requests.js';
import { permissions } from './permissions.js';
import { questions } from './questions.js';
import { rawEvents } from './raw-events.js';
import { retries } from './retries.js';
import { review } from './review.js';
import { strictReview } from './strict-review.js';
import { tokens } from './tokens.js';

export const requestScenarios: readonly Scenario[] = [
  elicitation,
  fileChange,
  questions,
  permissions,
  dynamicTool,
  clock,
  tokens,
  autoReview,
  modelWords,
  decisions,
  openRequests,
  openRequestEnds,
  retries,
  commands,
  agents,
  review,
  strictReview,
  attestation,
  rawEvents,
  nestedAgents,
];
