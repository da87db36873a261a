/**
 * Signatures as text that can be compared: a lesson writes `options?: { batch?: number }` where the file says
 * `options: StoreOptions = {}`, and both mean the same.
 */
import { type Node, parseSync } from 'oxc-parser';

/** One thing that a text declares, or one member of it. */
export interface Declared {
  /** `class`, `function`, `interface`, `type` or `const`; of a member: `member`. */
  readonly kind: string;
  /** Of a member with `static` before it. */
  readonly name: string;
  /** As it is written. */
  readonly text: string;
  /** What comes before a body: heritage and type parameters. Undefined where the text leaves it out. */
  readonly head?: string;
  /** Of what is called. A type that is undefined is left out; a name that is undefined is a pattern. */
  readonly parameters?: readonly Parameter[];
  /** Of a value, or what a call returns. */
  readonly type?: string;
  readonly members?: readonly Declared[];
}

export interface Parameter {
  readonly name?: string;
  readonly optional: boolean;
  readonly type?: string;
}

/** What names of types stand for, so that an options type may be written out. */
export type TypeNames = ReadonlyMap<string, Written>;

interface Written {
  readonly node: Node;
  readonly source: string;
}

/** The declarations of a text at its top level; undefined when it holds anything else, or is no TypeScript. */
export function parseDeclarations(source: string): readonly Written[] | undefined {
  const { errors, program } = parseSync('quoted.d.ts', source, { lang: 'dts' });
  if (errors.length > 0) return undefined;
  const found: Written[] = [];
  for (const statement of program.body) {
    const node = 'declaration' in statement && statement.declaration ? statement.declaration : statement;
    if (/^(Import|Export)/.test(node.type)) continue;
    if (!/^(ClassDeclaration|TS\w+Declaration|TSDeclareFunction|VariableDeclaration)$/.test(node.type))
      return undefined;
    found.push({ node: node as Node, source });
  }
  return found;
}

export function typeNames(declarations: readonly Written[]): TypeNames {
  return new Map(
    declarations
      .filter(({ node }) => node.type === 'TSInterfaceDeclaration' || node.type === 'TSTypeAliasDeclaration')
      .map((written) => [nameOf(written.node), written]),
  );
}

/** A declaration, ready to be compared. */
export function describe({ node, source }: Written, names: TypeNames): Declared {
  const text = oneLine(source.slice(node.start, node.end));
  const print = new Printer(source, names);
  switch (node.type) {
    case 'ClassDeclaration':
      return {
        kind: 'class',
        name: nameOf(node),
        text: text.replace(/ ?\{.*/s, ''),
        ...(node.superClass === null
          ? {}
          : { head: source.slice(node.superClass.start, node.superClass.end) }),
        members: node.body.body.flatMap((member) => print.member(member)),
      };
    case 'TSInterfaceDeclaration':
      return {
        kind: 'interface',
        name: nameOf(node),
        text: text.replace(/ ?\{.*/s, ''),
        members: print.interfaceMembers(node),
      };
    case 'TSDeclareFunction':
      return { kind: 'function', name: nameOf(node), text, ...print.callable(node) };
    case 'TSTypeAliasDeclaration':
      return { kind: 'type', name: nameOf(node), text, type: print.type(node.typeAnnotation) };
    case 'VariableDeclaration':
      return { kind: 'const', name: nameOf(node), text, type: print.constant(node) };
    default:
      return { kind: node.type, name: '', text };
  }
}

function nameOf(node: Node): string {
  if (node.type === 'VariableDeclaration') return nameOf(node.declarations[0]?.id as Node);
  if (node.type === 'Identifier') return node.name;
  return 'id' in node && node.id !== null && 'name' in node.id ? String(node.id.name) : '';
}

function oneLine(text: string): string {
  return text
    .replace(/\/\/.*$|\/\*.*?\*\//gms, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** How deep types that name each other are written out. */
const deepest = 4;

class Printer {
  readonly #source: string;
  readonly #names: TypeNames;
  readonly #depth: number;

  constructor(source: string, names: TypeNames, depth = 0) {
    this.#source = source;
    this.#names = names;
    this.#depth = depth;
  }

  /** The members of an interface and of those that it extends, as far as they are known. */
  interfaceMembers(node: Node & { type: 'TSInterfaceDeclaration' }): Declared[] {
    const inherited = node.extends.flatMap(({ expression }) => {
      const parent = this.#names.get(this.#slice(expression));
      if (parent?.node.type !== 'TSInterfaceDeclaration' || this.#depth >= deepest) return [];
      return new Printer(parent.source, this.#names, this.#depth + 1).interfaceMembers(parent.node);
    });
    return [...inherited, ...node.body.body.flatMap((member) => this.member(member))];
  }

  /** A member of a class or of an interface; private ones and index signatures are none. */
  member(node: Node): Declared[] {
    if (!('key' in node) || node.key === null || node.key.type === 'PrivateIdentifier') return [];
    const name = `${'static' in node && node.static ? 'static ' : ''}${this.#slice(node.key)}`;
    const about = { kind: 'member', name, text: oneLine(this.#slice(node)).replace(/;$/, '') };
    if (node.type === 'TSMethodSignature') return [{ ...about, ...this.callable(node) }];
    if (node.type === 'MethodDefinition' || node.type === 'TSAbstractMethodDefinition') {
      const called = this.callable(node.value as Node);
      // A getter and a property that is only read look the same from outside.
      if (node.kind === 'get')
        return [{ ...about, ...(called.type === undefined ? {} : { type: called.type }) }];
      return node.kind === 'set' ? [] : [{ ...about, ...called }];
    }
    if (!('typeAnnotation' in node)) return [];
    const optional = 'optional' in node && node.optional === true ? '?' : '';
    const annotation = node.typeAnnotation;
    const value = 'value' in node ? node.value : null;
    const type = annotation ? this.type(annotation as Node) : value ? this.#slice(value as Node) : undefined;
    return [{ ...about, ...(type === undefined ? {} : { type: `${optional}${type}` }) }];
  }

  callable(node: Node): Pick<Declared, 'parameters' | 'type'> {
    if (!('params' in node)) return {};
    const parameters = (node.params as readonly Node[]).map((each) => this.#parameter(each));
    const returns = 'returnType' in node ? node.returnType : undefined;
    return { parameters, ...(returns ? { type: this.type(returns as Node) } : {}) };
  }

  #parameter(node: Node): Parameter {
    const annotation = 'typeAnnotation' in node ? node.typeAnnotation : undefined;
    return {
      ...(node.type === 'Identifier' ? { name: node.name } : {}),
      optional: 'optional' in node && node.optional === true,
      ...(annotation ? { type: this.type(annotation as Node) } : {}),
    };
  }

  constant(node: Node & { type: 'VariableDeclaration' }): string {
    const [declarator] = node.declarations;
    const annotation =
      declarator !== undefined && 'typeAnnotation' in declarator.id ? declarator.id.typeAnnotation : null;
    if (annotation) return this.type(annotation as Node);
    return declarator?.init ? this.#slice(declarator.init).replaceAll('_', '') : '';
  }

  /** The type without its spaces, with the names that are known written out. */
  type(node: Node): string {
    switch (node.type) {
      case 'TSTypeAnnotation':
      case 'TSParenthesizedType':
        return this.type(node.typeAnnotation);
      case 'TSUnionType': {
        const parts = node.types.map((each) => this.type(each));
        return [...new Set(parts.flatMap((part) => (part.startsWith('(') ? [part] : part.split('|'))))]
          .sort()
          .join('|');
      }
      case 'TSArrayType':
        return `${this.type(node.elementType)}[]`;
      case 'TSTypeOperator':
        return `${node.operator} ${this.type(node.typeAnnotation)}`;
      case 'TSTypeLiteral':
        return literal(node.members.flatMap((member) => this.member(member)));
      case 'TSFunctionType': {
        const { parameters = [], type = '' } = this.callable(node);
        return `((${parameters.map((each) => `${each.optional ? '?' : ''}${each.type}`).join()})=>${type})`;
      }
      case 'TSTypeReference':
        return this.#reference(node);
      default:
        return this.#slice(node).replace(/\s+/g, '').replaceAll('"', "'");
    }
  }

  #reference(node: Node & { type: 'TSTypeReference' }): string {
    const name = this.#slice(node.typeName);
    const given = node.typeArguments?.params.map((each) => this.type(each)) ?? [];
    if (given.length > 0) return `${name}<${given.join()}>`;
    const known = this.#names.get(name);
    if (known === undefined || this.#depth >= deepest) return name;
    const inner = new Printer(known.source, this.#names, this.#depth + 1);
    if (known.node.type === 'TSInterfaceDeclaration') return literal(inner.interfaceMembers(known.node));
    return known.node.type === 'TSTypeAliasDeclaration' ? inner.type(known.node.typeAnnotation) : name;
  }

  #slice(node: { readonly start: number; readonly end: number }): string {
    return this.#source.slice(node.start, node.end);
  }
}

function literal(members: readonly Declared[]): string {
  const parts = members.map(({ name, parameters, type }) => {
    const called = parameters === undefined ? '' : `(${parameters.map((each) => each.type).join()})=>`;
    return `${name}:${called}${type}`;
  });
  return `{${parts.sort().join(';')}}`;
}
