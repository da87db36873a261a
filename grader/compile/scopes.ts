/**
 * Which names of a JavaScript module are its own. `fetch` is the global one only where no parameter, variable,
 * import or class of that name is in sight.
 */
import type { Node } from 'oxc-parser';
import { memberName, moduleName } from './names.ts';

/** Where a local name comes from, as far as one can see. */
type Binding =
  /** A value that the scan does not follow. */
  | 'opaque'
  /** Something imported, by its one spelling. */
  | { readonly name: string }
  /** A member of another expression: `const { parse } = JSON` has the keys ['parse']. */
  | { readonly init: Node; readonly keys: readonly string[] };

export interface Scope {
  readonly parent: Scope | undefined;
  /** `var` belongs to these. */
  readonly holdsVars: boolean;
  readonly bindings: Map<string, Binding>;
}

/** The scopes of a module, by the node that opens each. */
export type Scopes = ReadonlyMap<Node, Scope>;

type Keys = Readonly<Record<string, readonly string[]>>;

/** The children of a node; `keys` is the parser's table of the fields that hold them. */
export function childrenOf(node: Node, keys: Keys): Node[] {
  const fields = node as unknown as Readonly<
    Record<string, Node | readonly (Node | null)[] | null | undefined>
  >;
  const children: Node[] = [];
  for (const key of keys[node.type] ?? []) {
    const value = fields[key];
    if (Array.isArray(value)) children.push(...value.filter((child) => child !== null));
    else if (value) children.push(value as Node);
  }
  return children;
}

const functions = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const blocks = new Set([
  'BlockStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'SwitchStatement',
  'CatchClause',
  'ClassExpression',
]);

/** Finds every scope of a module and the names that it declares. */
export function findScopes(program: Node, keys: Keys): Scopes {
  const scopes = new Map<Node, Scope>();
  const visit = (node: Node, outer: Scope | undefined): void => {
    declareOuter(node, outer);
    const holdsVars = node.type === 'Program' || node.type === 'StaticBlock' || functions.has(node.type);
    let scope = outer;
    if (holdsVars || blocks.has(node.type)) {
      scope = { parent: outer, holdsVars, bindings: new Map() };
      scopes.set(node, scope);
      declareInner(node, scope);
    }
    for (const child of childrenOf(node, keys)) visit(child, scope);
  };
  visit(program, undefined);
  return scopes;
}

/** Names that a node declares around itself. */
function declareOuter(node: Node, scope: Scope | undefined): void {
  if (scope === undefined) return;
  if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') {
    if (node.id) scope.bindings.set(node.id.name, 'opaque');
  } else if (node.type === 'VariableDeclaration') {
    const home = node.kind === 'var' ? varScope(scope) : scope;
    for (const { id, init } of node.declarations) declarePattern(id, init ?? undefined, [], home);
  } else if (node.type === 'ImportDeclaration') {
    const name = moduleName(node.source.value);
    for (const specifier of node.specifiers) {
      const { local } = specifier;
      scope.bindings.set(local.name, { name: importedName(name, specifier) });
    }
  }
}

function importedName(module: string, specifier: Node): string {
  if (specifier.type !== 'ImportSpecifier') return module; // the default or everything: the module itself
  const { imported } = specifier;
  return memberName(module, imported.type === 'Literal' ? imported.value : imported.name);
}

/** Names that a node declares for its inside. */
function declareInner(node: Node, scope: Scope): void {
  if (node.type === 'FunctionExpression' || node.type === 'ClassExpression') {
    if (node.id) scope.bindings.set(node.id.name, 'opaque');
  }
  if (node.type === 'CatchClause' && node.param) declarePattern(node.param, undefined, [], scope);
  if (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  ) {
    for (const parameter of node.params) declarePattern(parameter, undefined, [], scope);
  }
}

function varScope(scope: Scope): Scope {
  return scope.holdsVars || scope.parent === undefined ? scope : varScope(scope.parent);
}

function declarePattern(pattern: Node, init: Node | undefined, keys: readonly string[], scope: Scope): void {
  if (pattern.type === 'Identifier') {
    // A name that is declared twice (`var`) or has no visible origin is not followed.
    const known = init !== undefined && !scope.bindings.has(pattern.name);
    scope.bindings.set(pattern.name, known ? { init, keys } : 'opaque');
  } else if (pattern.type === 'AssignmentPattern') {
    declarePattern(pattern.left, init, keys, scope);
  } else if (pattern.type === 'RestElement') {
    declarePattern(pattern.argument, undefined, [], scope);
  } else if (pattern.type === 'ArrayPattern') {
    for (const element of pattern.elements) if (element) declarePattern(element, undefined, [], scope);
  } else if (pattern.type === 'ObjectPattern') {
    for (const property of pattern.properties) {
      if (property.type === 'RestElement') declarePattern(property, undefined, [], scope);
      else {
        const key = staticKey(property.key, property.computed);
        declarePattern(property.value, key === undefined ? undefined : init, [...keys, key ?? ''], scope);
      }
    }
  }
}

/** The key of a member as far as it is written down: `a.b`, `a['b']`. */
export function staticKey(key: Node, computed: boolean): string | undefined {
  if (!computed && key.type === 'Identifier') return key.name;
  return staticText(key);
}

/** A string that is written down as one. */
export function staticText(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type === 'ParenthesizedExpression') return staticText(node.expression);
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) {
    return node.quasis[0]?.value.cooked ?? undefined;
  }
  return undefined;
}

/** The one spelling of what an expression is, when it is a global, a builtin module or a member of one. */
export function nameOf(node: Node, scope: Scope | undefined, depth = 0): string | undefined {
  if (depth > 20) return undefined; // `const a = b; const b = a`
  switch (node.type) {
    case 'Identifier':
      return nameOfIdentifier(node.name, scope, depth);
    case 'MemberExpression': {
      const key = staticKey(node.property, node.computed);
      const owner = nameOf(node.object, scope, depth + 1);
      return key === undefined || owner === undefined ? undefined : memberName(owner, key);
    }
    case 'ChainExpression':
    case 'ParenthesizedExpression':
      return nameOf(node.expression, scope, depth + 1);
    case 'SequenceExpression': {
      const last = node.expressions.at(-1);
      return last === undefined ? undefined : nameOf(last, scope, depth + 1);
    }
    case 'AwaitExpression': {
      const specifier =
        node.argument.type === 'ImportExpression' ? staticText(node.argument.source) : undefined;
      return specifier === undefined ? undefined : moduleName(specifier);
    }
    default:
      return undefined;
  }
}

/** The binding that a name has in a scope, and whose scope that is; nothing for a global. */
export function lookUp(
  name: string,
  scope: Scope | undefined,
): { binding: Binding; scope: Scope } | undefined {
  for (let at = scope; at !== undefined; at = at.parent) {
    const binding = at.bindings.get(name);
    if (binding !== undefined) return { binding, scope: at };
  }
  return undefined;
}

function nameOfIdentifier(name: string, scope: Scope | undefined, depth: number): string | undefined {
  const found = lookUp(name, scope);
  if (found === undefined) return name;
  const { binding } = found;
  if (binding === 'opaque') return undefined;
  if ('name' in binding) return binding.name;
  const origin = nameOf(binding.init, found.scope, depth + 1);
  return origin === undefined ? undefined : binding.keys.reduce(memberName, origin);
}
