import type { Scenario } from '../../scenario.js';

export const requestScenarios: readonly Scenario[] = [];
