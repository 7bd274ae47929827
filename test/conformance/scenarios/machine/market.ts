import path from 'node:path';
import type { Scenario } from '../../scenario.js';
import { writeMarketplace } from './plugin-files.js';
import { calls, refusals } from './steps.js';

/** A marketplace in a folder: added by two, looked through, installed from by a third, removed. */
export const market: Scenario = {
  name: 'market',
  long: true,
  covers: [
    'marketplace/add',
    'marketplace/remove',
    'marketplace/upgrade',
    'plugin/list',
    'plugin/read',
    'plugin/search',
    'plugin/install',
    'plugin/installed',
    'plugin/uninstall',
    'plugin/reconcile',
  ],
  async prepare({ root }) {
    await writeMarketplace(path.join(root, 'market'), 'street-market');
  },
  async run({ clients: { a, b, c }, root, work, settle }) {
    await a.connect();
    await b.connect();
    await c.connect({});
    const broom = {
      marketplacePath: `${root}/market/.agents/plugins/marketplace.json`,
      pluginName: 'broom',
    };
    await a.call('marketplace/add', { source: `${root}/market` });
    await b.call('marketplace/add', { source: `${root}/market` });
    await calls(c, [
      ['plugin/list', { cwds: [work] }],
      ['plugin/read', broom],
      ['plugin/install', broom],
    ]);
    await settle();
    await calls(b, [
      ['plugin/installed', { cwds: [work] }],
      ['plugin/search', { searchTerm: 'broom' }],
      ['plugin/reconcile', {}],
      ['skills/list', { cwds: [work], forceReload: true }],
      ['marketplace/upgrade', {}],
    ]);
    await refusals(b, [
      ['marketplace/add', { source: `${root}/no such folder` }],
      ['marketplace/add', { source: `file://${root}/market` }],
      ['marketplace/upgrade', { marketplaceName: 'street-market' }],
      ['plugin/read', { pluginName: 'broom' }],
      ['plugin/read', { ...broom, pluginName: 'no such plugin' }],
      ['plugin/install', { ...broom, pluginName: 'no such plugin' }],
      ['plugin/uninstall', { pluginId: 'broom' }],
      ['plugin/skill/read', { remoteMarketplaceName: 'x', remotePluginId: 'y', skillName: 'z' }],
      ['plugin/share/list', {}],
      ['plugin/share/save', { pluginPath: `${root}/market/plugins/broom` }],
      ['plugin/share/checkout', { remotePluginId: 'x' }],
      ['plugin/share/delete', { remotePluginId: 'x' }],
      ['plugin/share/updateTargets', { remotePluginId: 'x', discoverability: 'PRIVATE', shareTargets: [] }],
    ]);
    await c.refused('plugin/search', { searchTerm: 'broom' });
    await a.call('plugin/uninstall', { pluginId: 'broom@street-market' });
    await c.call('plugin/uninstall', { pluginId: 'nothing@street-market' });
    await c.call('marketplace/remove', { marketplaceName: 'street-market' });
    await a.refused('marketplace/remove', { marketplaceName: 'street-market' });
    await settle();
    await a.call('plugin/list', {});
  },
};
