import type { Scenario } from '../../scenario.js';
import { asides } from './asides.js';
import { closed } from './closed.js';
import { environmentLost } from './environment-lost.js';
import { ephemeral } from './ephemeral.js';
import { goal } from './goal.js';
import { guardian } from './guardian.js';
import { history } from './history.js';
import { hooks } from './hooks.js';
import { lists } from './lists.js';
import { ownTurns } from './own-turns.js';
import { permissionProfiles } from './permission-profiles.js';
import { queue } from './queue.js';
import { revert } from './revert.js';
import { settings } from './settings.js';
import { shelves } from './shelves.js';
import { terminals } from './terminals.js';

export const threadScenarios: readonly Scenario[] = [
  asides,
  closed,
  environmentLost,
  ephemeral,
  goal,
  guardian,
  history,
  hooks,
  lists,
  ownTurns,
  permissionProfiles,
  queue,
  revert,
  settings,
  shelves,
  terminals,
];
