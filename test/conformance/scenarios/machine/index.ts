import type { Scenario } from '../../scenario.js';
import { account } from './account.js';
import { catalogue } from './catalogue.js';
import { command } from './command.js';
import { config } from './config.js';
import { events } from './events.js';
import { fileSearch } from './file-search.js';
import { files } from './files.js';
import { imports } from './import.js';
import { gateway } from './gateway.js';
import { left } from './left.js';
import { market } from './market.js';
import { mcp } from './mcp.js';
import { places } from './places.js';
import { processes } from './process.js';
import { remoteControl } from './remote-control.js';
import { realtime } from './realtime.js';
import { service } from './service.js';
import { sessions } from './sessions.js';
import { skills } from './skills.js';
import { watch } from './watch.js';

export const machineScenarios: readonly Scenario[] = [
  command,
  processes,
  left,
  watch,
  fileSearch,
  files,
  config,
  catalogue,
  skills,
  market,
  account,
  service,
  remoteControl,
  events,
  mcp,
  sessions,
  gateway,
  realtime,
  imports,
  places,
];
