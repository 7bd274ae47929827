import type { Scenario } from '../scenario.js';
import { basicScenarios } from './basics/index.js';
import { machineScenarios } from './machine/index.js';
import { requestScenarios } from './requests/index.js';
import { threadScenarios } from './threads/index.js';

export const scenarios: readonly Scenario[] = [
  ...basicScenarios,
  ...threadScenarios,
  ...machineScenarios,
  ...requestScenarios,
];
