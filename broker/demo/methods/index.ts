import { fixedMethods } from './fixed.js';
import { goalMethods } from './goals.js';
import { initialize } from './handshake.js';
import { listMethods } from './lists.js';
import type { Methods } from './method.js';
import { settingsMethods } from './settings.js';
import { shelfMethods } from './shelf.js';
import { threadMethods } from './threads.js';
import { turnMethods } from './turns.js';

/** Every request that the demo runtime knows. */
export const methods: Methods = {
  initialize,
  ...threadMethods,
  ...listMethods,
  ...shelfMethods,
  ...settingsMethods,
  ...turnMethods,
  ...goalMethods,
  ...fixedMethods,
};
