import { posix } from 'node:path';
import ts from 'typescript';

/** A tracked file. `path` is relative to the repository, with slashes. */
export interface File {
  readonly path: string;
  readonly text: string;
}

/** What is wrong, and where: `broker/x.ts:12: why`. */
export type Complaint = string;

export const FILE_LINES_MAX = 300;
export const FUNCTION_LINES_MAX = 60;

const isCode = ({ path }: File): boolean => /\.(tsx?|mjs)$/.test(path);

const parsed = new WeakMap<File, ts.SourceFile>();

function parse(file: File): ts.SourceFile {
  const source = parsed.get(file) ?? ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ESNext, true);
  parsed.set(file, source);
  return source;
}

function lineOf(source: ts.SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line + 1;
}

/** Every node of a file, outer ones first. */
function nodesOf(source: ts.SourceFile): ts.Node[] {
  const nodes: ts.Node[] = [source];
  for (const node of nodes) ts.forEachChild(node, (child) => void nodes.push(child));
  return nodes;
}

export function longFiles(files: readonly File[]): Complaint[] {
  return files.filter(isCode).flatMap(({ path, text }) => {
    const lines = text.trimEnd().split('\n').length;
    return lines > FILE_LINES_MAX ? [`${path}: ${lines} lines`] : [];
  });
}

/** In tests a function that holds others is a list of cases: each counts for itself. */
export function longFunctions(files: readonly File[]): Complaint[] {
  return files.filter(isCode).flatMap((file) => {
    const source = parse(file);
    return nodesOf(source)
      .filter((node) => ts.isFunctionLike(node))
      .flatMap((node) => {
        const lines = linesOf(source, node) - (file.path.startsWith('test/') ? linesInside(source, node) : 0);
        return lines > FUNCTION_LINES_MAX ? [`${file.path}: ${nameOf(node)} has ${lines} lines`] : [];
      });
  });
}

function linesOf(source: ts.SourceFile, node: ts.Node): number {
  return lineOf(source, node.getEnd()) - lineOf(source, node.getStart()) + 1;
}

/** The lines of the functions inside, their first and last not counted. */
function linesInside(source: ts.SourceFile, node: ts.Node): number {
  let lines = 0;
  ts.forEachChild(node, (child) => {
    lines += ts.isFunctionLike(child) ? Math.max(0, linesOf(source, child) - 2) : linesInside(source, child);
  });
  return lines;
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  return node.name?.getText() ?? 'a function';
}

export interface Import {
  readonly line: number;
  /** `node:fs`, `zod`, or the path of a file of ours. */
  readonly to: string;
  /** Gone when it is compiled. */
  readonly isType: boolean;
}

/** What a file imports, statically or not, and what it exports from elsewhere. */
export function importsOf(file: File): Import[] {
  const source = parse(file);
  return nodesOf(source).flatMap((node) => {
    const specifier = specifierOf(node);
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return [];
    const isType =
      (ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) ||
      (ts.isExportDeclaration(node) && node.isTypeOnly);
    return [{ line: lineOf(source, node.getStart()), to: resolve(file.path, specifier.text), isType }];
  });
}

function specifierOf(node: ts.Node): ts.Expression | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  const isImport = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isImport ? node.arguments[0] : undefined;
}

function resolve(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return posix.join(posix.dirname(from), specifier).replace(/\.js(x?)$/, '.ts$1');
}

/** A rule for the files under some paths. */
interface Rule {
  readonly from: RegExp;
  readonly never: RegExp;
  /** Interfaces may be imported all the same. */
  readonly typesMay: boolean;
  readonly why: string;
}

const rules: readonly Rule[] = [
  {
    from: /^protocol\//,
    never: /^(node:|broker\/|client\/|bench\/|test\/|web\/)/,
    typesMay: false,
    why: 'protocol/ runs in a browser and knows nobody',
  },
  {
    from: /^broker\//,
    never: /^(client|bench|test|web)\//,
    typesMay: false,
    why: 'broker/ knows protocol/ only',
  },
  {
    from: /^client\//,
    never: /^(broker|bench|test|web)\//,
    typesMay: false,
    why: 'client/ knows protocol/ only',
  },
  {
    from: /^client\/(?!node\.ts|msgpack\.ts)/,
    never:
      /^(node:|ws$|zod$|msgpackr$|protocol\/(schemas|attachments|msgpack|access)\.|client\/(node|msgpack)\.)/,
    typesMay: true,
    why: 'the core of client/ is small, and runs in a browser',
  },
  {
    from: /^web\/(?!vite\.config\.ts)/,
    never: /^(node:|broker\/|bench\/|test\/)/,
    typesMay: false,
    why: 'web/ knows client/ and protocol/ only',
  },
  {
    from: /^examples\//,
    never: /^(broker|protocol|client|bench|test|web)\//,
    typesMay: false,
    why: 'an example uses what is published',
  },
  {
    from: /^broker\/(?!broker\.ts|config\.ts|cli\/|transports\/)/,
    never: /^broker\/transports\//,
    typesMay: true,
    why: 'only what wires knows the transports',
  },
  {
    from: /^broker\/(?!broker\.ts|cli\/|runtime\/)/,
    never: /^broker\/runtime\//,
    typesMay: true,
    why: 'only what wires knows the runtime',
  },
  {
    from: /^broker\/(transports|framing)\//,
    never: /^broker\/(?!transports\/|framing\/)/,
    typesMay: false,
    why: 'a leaf knows no other part',
  },
  {
    from: /^broker\/access\//,
    never: /^broker\/(?!access\/|requests\/refusal\.)/,
    typesMay: true,
    why: 'access/ decides who may come and what, and knows no other part',
  },
  {
    from: /^broker\/demo\//,
    never: /^broker\/(?!demo\/|framing\/)/,
    typesMay: false,
    why: 'the demo runtime is a program of its own',
  },
  {
    from: /^broker\/(?!demo\/)/,
    never: /^broker\/demo\//,
    typesMay: false,
    why: 'the demo runtime is a program of its own',
  },
];

export function wrongImports(files: readonly File[]): Complaint[] {
  return files
    .filter(isCode)
    .flatMap((file) =>
      importsOf(file).flatMap(({ line, to, isType }) =>
        rules
          .filter((rule) => rule.from.test(file.path) && rule.never.test(to) && !(rule.typesMay && isType))
          .map(({ why }) => `${file.path}:${line}: imports ${to}, but ${why}`),
      ),
    );
}

const EMPTY_WORDS = /(^|[/._-])(util|helper|manager|misc|common)s?($|[/._-])/i;

export function emptyNames(files: readonly File[]): Complaint[] {
  return files
    .filter(({ path }) => EMPTY_WORDS.test(path))
    .map(({ path }) => `${path}: the name says nothing`);
}

/** What no line of these files may hold. Each pattern is spelt so that it does not match itself. */
const marks: readonly { readonly in: RegExp; readonly never: RegExp; readonly why: string }[] = [
  { in: /\.(tsx?|mjs|md)$/, never: /\b(TO{1}DO|FIX{1}ME)\b/, why: 'an issue says it better' },
  { in: /./, never: /(?<![\w.~])\/(work|root|home(?!\/you))\//, why: 'a path of one machine' },
  {
    in: /./,
    never: /https?:\/\/[\w.-]*\b(registry|npmmirror|artifactory|nexus|verdaccio)\b/,
    why: 'a registry host',
  },
  { in: /\.test\.ts$/, never: /\.(skip|only|todo)\(/, why: 'a test that does not run has no reason here' },
  {
    in: /\.test\.ts$/,
    never: /\b(skip|only|todo): *true/,
    why: 'a test that does not run has no reason here',
  },
  {
    in: /\.(ts|mjs)$/,
    never: /\b(c8|v8|istanbul|node:coverage) (ignore|disable)/,
    why: 'coverage is not edited',
  },
  { in: /\.(tsx?|mjs)$/, never: /@ts-(ignore|nocheck)/, why: 'types are not switched off' },
  {
    in: /\.(tsx?|mjs)$/,
    never: /(eslint|oxlint)-disable(?!.* -- \w)/,
    why: 'a lint rule is not switched off silently',
  },
];

export function marked(files: readonly File[]): Complaint[] {
  return files.flatMap(({ path, text }) => {
    const inForce = marks.filter((mark) => mark.in.test(path));
    return text
      .split('\n')
      .flatMap((line, index) =>
        inForce
          .filter(({ never }) => never.test(line))
          .map(({ why }) => `${path}:${index + 1}: ${why}: ${line.trim()}`),
      );
  });
}

/** The sources that neither a test nor one of the entries loads, directly or through others. */
export function unreached(files: readonly File[], entries: readonly string[]): Complaint[] {
  const byPath = new Map(files.filter(isCode).map((file) => [file.path, file]));
  const waiting = [...byPath.keys()].filter(
    (path) => /^test\/.*\.test\.ts$/.test(path) || entries.includes(path),
  );
  const reached = new Set(waiting);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const file = byPath.get(path);
    const next = file === undefined ? [] : importsOf(file).map(({ to }) => to);
    for (const to of next.filter((each) => byPath.has(each) && !reached.has(each))) {
      reached.add(to);
      waiting.push(to);
    }
  }
  return [...byPath.keys()]
    .filter((path) => /^(broker|protocol|client)\//.test(path) && !reached.has(path))
    .map((path) => `${path}: no test loads it`);
}
