/** The colouring of code, in a chunk of its own: loaded with the first block of code that is finished. */
import highlight from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import json from 'highlight.js/lib/languages/json';
import markdown from 'highlight.js/lib/languages/markdown';
import python from 'highlight.js/lib/languages/python';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import toml from 'highlight.js/lib/languages/ini';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';

const languages = {
  bash, c, cpp, css, diff, go, java, json, markdown, python, rust, sql, toml, typescript, xml, yaml,
}; // prettier-ignore
for (const [name, language] of Object.entries(languages)) highlight.registerLanguage(name, language);
highlight.registerAliases(['js', 'jsx', 'ts', 'tsx', 'javascript', 'mjs', 'cjs'], {
  languageName: 'typescript',
});
highlight.registerAliases(['console', 'shell', 'shellsession', 'fish'], { languageName: 'bash' });
highlight.registerAliases(['jsonc', 'json5', 'jsonl'], { languageName: 'json' });
highlight.registerAliases(['scss', 'less'], { languageName: 'css' });

/** HTML with classes, the code in it escaped; null for a language that is not known. */
export function coloured(code: string, language: string): string | null {
  if (highlight.getLanguage(language) === undefined) return null;
  return highlight.highlight(code, { language, ignoreIllegals: true }).value;
}
