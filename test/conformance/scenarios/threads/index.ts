import type { Scenario } from '../../scenario.js';

export const threadScenarios: readonly Scenario[] = [];
