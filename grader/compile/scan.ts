/** Finds refused interfaces in one JavaScript module, by its syntax tree: comments and strings do not count. */
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import type { Node, Program } from 'oxc-parser';
import type { ForbiddenApi } from '../core/types.ts';
import { memberName, moduleName } from './names.ts';
import {
  childrenOf,
  findScopes,
  lookUp,
  nameOf,
  type Scope,
  type Scopes,
  staticKey,
  staticText,
} from './scopes.ts';

/** Something refused, at an offset of the module's text. */
export interface Finding extends ForbiddenApi {
  readonly offset: number;
}

export interface ScanRequest {
  readonly program: Program;
  /** The parser's table of the fields that hold children. */
  readonly visitorKeys: Readonly<Record<string, readonly string[]>>;
  /** `exercises/0-poc/01-queue/queue.js` */
  readonly path: string;
  readonly refused: readonly ForbiddenApi[];
  /** Paths of all that was compiled, as `path` is written. */
  readonly compiled: ReadonlySet<string>;
}

/** All that a module does and must not, from top to bottom. */
export function scan(request: ScanRequest): Finding[] {
  const scanner = new Scanner(request, findScopes(request.program, request.visitorKeys));
  scanner.visit(request.program, undefined);
  return scanner.findings.sort((a, b) => a.offset - b.offset);
}

class Scanner {
  readonly findings: Finding[] = [];
  readonly #request: ScanRequest;
  readonly #scopes: Scopes;

  constructor(request: ScanRequest, scopes: Scopes) {
    this.#request = request;
    this.#scopes = scopes;
  }

  visit(node: Node, outer: Scope | undefined): void {
    const scope = this.#scopes.get(node) ?? outer;
    if (this.#check(node, scope)) return;
    for (const child of childrenOf(node, this.#request.visitorKeys)) {
      if (!isOnlyAName(node, child)) this.visit(child, scope);
    }
  }

  /** Reports a node when it is refused; true when there is nothing to look for inside it. */
  #check(node: Node, scope: Scope | undefined): boolean {
    switch (node.type) {
      case 'ImportDeclaration':
        this.#checkModule(node.source.value, node.source);
        for (const specifier of node.specifiers) {
          if (specifier.type === 'ImportSpecifier')
            this.#checkName(nameOf(specifier.local, scope), specifier);
        }
        return true;
      case 'ExportAllDeclaration':
        this.#checkModule(node.source.value, node.source);
        return true;
      case 'ExportNamedDeclaration':
        if (node.source) this.#checkModule(node.source.value, node.source);
        return node.source !== null;
      case 'ImportExpression':
        this.#checkDynamicImport(node.source);
        return false;
      case 'Identifier':
        // Of a local name that stands for something refused, the place where it got that was reported.
        if (lookUp(node.name, scope) === undefined) this.#checkName(node.name, node);
        return true;
      case 'MemberExpression':
        return this.#checkName(nameOf(node, scope), node);
      case 'CallExpression':
      case 'NewExpression':
        if (nameOf(node.callee, scope) === 'Function') this.#report('Function', node);
        return false;
      case 'VariableDeclarator':
        if (node.init) this.#checkPattern(node.id, nameOf(node.init, scope), scope);
        return false;
      case 'AssignmentExpression':
        this.#checkPattern(node.left, nameOf(node.right, scope), scope);
        return false;
      default:
        return false;
    }
  }

  /** `const { parse } = JSON` takes a member as `JSON.parse` does. */
  #checkPattern(pattern: Node, owner: string | undefined, scope: Scope | undefined): void {
    if (owner === undefined || pattern.type !== 'ObjectPattern') return;
    for (const property of pattern.properties) {
      if (property.type === 'RestElement') continue;
      const key = staticKey(property.key, property.computed);
      if (key === undefined) continue;
      const name = memberName(owner, key);
      const target = property.value.type === 'AssignmentPattern' ? property.value.left : property.value;
      if (!this.#checkName(name, property)) this.#checkPattern(target, name, scope);
    }
  }

  #checkName(name: string | undefined, node: Node): boolean {
    // Functions are compared with `Function` for good reasons; only calling it makes code from a string.
    if (name === undefined || name === 'Function') return false;
    return this.#report(name, node);
  }

  #checkDynamicImport(source: Node): void {
    const specifier = staticText(source);
    if (specifier !== undefined) this.#checkModule(specifier, source);
    else
      this.#add('import()', 'its argument must be written out, so that one can see what is loaded', source);
  }

  #checkModule(specifier: string, node: Node): void {
    if (specifier.startsWith('./') || specifier.startsWith('../')) {
      const path = posix.join(posix.dirname(this.#request.path), specifier);
      if (!path.startsWith('exercises/')) this.#add(specifier, 'imports stay inside exercises/', node);
      // It could be there later: written by the program itself, and read by nobody.
      else if (!this.#request.compiled.has(path))
        this.#add(specifier, 'there is no such file among those that were compiled', node);
      return;
    }
    // A later Node may have one that this one does not know.
    if (isBuiltin(specifier) || specifier.startsWith('node:')) {
      // `node:fs` stands for `node:fs/promises` too.
      const name = moduleName(specifier);
      const [whole = name] = name.split('/', 1);
      if (this.#report(name, node) || this.#report(whole, node)) return;
    }
    if (!isBuiltin(specifier)) {
      this.#add(specifier, 'exercises use nothing but Node itself (node: modules) and one another', node);
    } else if (/^(node:)?_/.test(specifier)) {
      this.#add(specifier, "it is one of Node's insides; use the documented node: modules", node);
    }
  }

  #report(name: string, node: Node): boolean {
    const refused = this.#request.refused.find(({ api }) => api === name);
    if (refused !== undefined) this.#add(refused.api, refused.why, node);
    return refused !== undefined;
  }

  #add(api: string, why: string, node: Node): void {
    this.findings.push({ api, why, offset: node.start });
  }
}

/** Keys, labels and the like: names that refer to nothing. */
function isOnlyAName(parent: Node, child: Node): boolean {
  switch (parent.type) {
    case 'MemberExpression':
      return child === parent.property && !parent.computed;
    case 'Property':
      return child === parent.key && !parent.computed && child !== parent.value;
    case 'MethodDefinition':
    case 'PropertyDefinition':
    case 'AccessorProperty':
      return child === parent.key && !parent.computed;
    case 'LabeledStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
      return child.type === 'Identifier' && child === parent.label;
    case 'ExportSpecifier':
      return child === parent.exported && parent.local !== parent.exported;
    case 'MetaProperty':
      return true;
    default:
      return false;
  }
}
