/** An element of a document that libvirt wrote. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** Its own text, without that of its children. */
  readonly text: string;
}

const named: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const deepest = 100;

/**
 * Reads XML as libvirt prints it: no DTD, no CDATA, every attribute quoted. Undefined for what is none: a host's word is
 * not trusted, and a check that finds no document says so.
 */
export function parseXml(text: string): Element | undefined {
  const root = { name: "", attributes: {}, children: [] as Element[], text: "" };
  const open: (Omit<Element, "children" | "text"> & { children: Element[]; text: string })[] = [root];
  const piece =
    /<!--[\s\S]*?-->|<\?[^>]*>|<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/gy;
  for (let match = piece.exec(text); match; match = piece.exec(text)) {
    const [, closing, name, attributes = "", empty, words] = match;
    const inner = open.at(-1);
    if (!inner) return undefined;
    if (words !== undefined) inner.text += unescaped(words);
    else if (closing) {
      if (open.pop()?.name !== name || open.length === 0) return undefined;
    } else if (name !== undefined) {
      const element = { name, attributes: attributesOf(attributes), children: [], text: "" };
      inner.children.push(element);
      if (!empty) open.push(element);
      if (open.length > deepest) return undefined;
    }
    if (piece.lastIndex === text.length) break;
  }
  return open.length === 1 && piece.lastIndex === text.length ? root.children[0] : undefined;
}

/** Children with that name. */
export function all(element: Element | undefined, name: string): Element[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The first child with that name, then the first of that one's, and so on. */
export function one(element: Element | undefined, ...path: string[]): Element | undefined {
  return path.reduce<Element | undefined>((found, name) => all(found, name)[0], element);
}

function attributesOf(text: string): Record<string, string> {
  const pairs = text.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g);
  return Object.fromEntries([...pairs].map(([, key = "", double, single]) => [key, unescaped(double ?? single ?? "")]));
}

function unescaped(text: string): string {
  return text.replace(/&(?:(\w+)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g, (whole, name, decimal, hexadecimal) => {
    if (name !== undefined) return Object.hasOwn(named, name) ? (named[name] ?? whole) : whole;
    const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
