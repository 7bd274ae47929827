import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Writes a skill into that folder. */
export async function writeSkill(folder: string, name: string): Promise<void> {
  await mkdir(path.join(folder, name), { recursive: true });
  const lines = ['---', `name: ${name}`, `description: How to ${name}`, '---', `Take it and ${name}.`, ''];
  await writeFile(path.join(folder, name, 'SKILL.md'), lines.join('\n'));
}

/** Writes a plugin with one skill into that folder. */
export async function writePlugin(folder: string, name: string, skill: string): Promise<void> {
  await writeJson(path.join(folder, '.codex-plugin/plugin.json'), {
    name,
    version: '1.0.0',
    description: `All about a ${name}`,
    interface: { displayName: `The ${name}`, shortDescription: `A ${name}` },
  });
  await writeSkill(path.join(folder, 'skills'), skill);
}

/** Writes a marketplace with one plugin, `broom`, into that folder. Returns the file that clients name it by. */
export async function writeMarketplace(folder: string, name: string): Promise<string> {
  const file = path.join(folder, '.agents/plugins/marketplace.json');
  await writeJson(file, {
    name,
    interface: { displayName: `The ${name}` },
    plugins: [
      {
        name: 'broom',
        source: { source: 'local', path: './plugins/broom' },
        policy: { installation: 'AVAILABLE', authentication: 'ON_INSTALL' },
        category: 'Tools',
      },
    ],
  });
  await writePlugin(path.join(folder, 'plugins/broom'), 'broom', 'sweep');
  return file;
}

async function writeJson(file: string, value: object): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(value));
}
