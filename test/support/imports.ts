import { parseSync } from 'oxc-parser';

export interface Import {
  specifier: string;
  /** Written `import type` or `export type`, or used only as a type: gone before the code runs. */
  typeOnly: boolean;
}

/** Everything a source file imports: static, dynamic, re-exported, and `import('…')` types. */
export function importsOf(file: string, source: string): Import[] {
  const { program, errors } = parseSync(file, source);
  const error = errors.find(({ severity }) => severity === 'Error');
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  const imports: Import[] = [];
  visit(program, (node) => {
    const literal = literalOf(node['source']);
    if (literal === undefined) return;
    const typeOnly = node['importKind'] === 'type' || node['exportKind'] === 'type' || node['type'] === 'TSImportType';
    imports.push({ specifier: literal, typeOnly });
  });
  return imports;
}

type Node = Record<string, unknown>;

/** In this syntax tree only imports and re-exports have a `source`. */
function literalOf(source: unknown): string | undefined {
  const value = isNode(source) ? source['value'] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function visit(value: unknown, take: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, take);
  else if (isNode(value)) {
    take(value);
    for (const child of Object.values(value)) visit(child, take);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
