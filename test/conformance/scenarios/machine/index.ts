import type { Scenario } from '../../scenario.js';

export const machineScenarios: readonly Scenario[] = [];
