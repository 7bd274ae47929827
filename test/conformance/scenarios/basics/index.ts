import type { Scenario } from '../../scenario.js';
import { approval } from './approval.js';
import { archive } from './archive.js';
import { fork } from './fork.js';
import { interrupt } from './interrupt.js';
import { optOut } from './opt-out.js';
import { plainClient } from './plain-client.js';
import { resume } from './resume.js';
import { start } from './start.js';
import { subAgent } from './sub-agent.js';
import { unsubscribe } from './unsubscribe.js';

export const basicScenarios: readonly Scenario[] = [
  start,
  resume,
  fork,
  subAgent,
  approval,
  optOut,
  plainClient,
  interrupt,
  archive,
  unsubscribe,
];
