import { KeyferryError } from '@keyferry/errors';
import { readBoundedFile } from '@keyferry/files';
import { type Document, isNode, LineCounter, parseDocument, visit } from 'yaml';
import { decodeUtf8 } from '../oracle/index.js';
import { type Exception, exceptionsSchema, REASON_TO_BE_WRITTEN } from './format.js';

/** The largest file of exceptions that is read, in bytes. */
const MAX_EXCEPTIONS_BYTES = 1024 * 1024;

/** Reads the file of --expect. EXCEPTIONS_INVALID, FILE_NOT_UTF8, and the errors of reading a file. */
export async function readExceptions(path: string): Promise<Exception[]> {
  const decoded = decodeUtf8(await readBoundedFile(path, { maxBytes: MAX_EXCEPTIONS_BYTES }));
  if (!decoded) throw new KeyferryError('FILE_NOT_UTF8', { reason: `${path} is not UTF-8` });
  const parsed = exceptionsSchema.safeParse(parseYaml(path, decoded.text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const [entry, ...member] = issue?.path ?? [];
    const where =
      entry === undefined ? '' : `: entry ${Number(entry) + 1}${member.map((name) => `, ${String(name)}`).join('')}`;
    throw invalid(`${path}${where}: ${issue?.message ?? 'not as expected'}`);
  }
  const unwritten = parsed.data.findIndex(({ reason }) => reason === REASON_TO_BE_WRITTEN);
  if (unwritten !== -1) {
    throw new KeyferryError('EXCEPTIONS_INVALID', {
      reason: `${path}: entry ${unwritten + 1}, reason: it is still to be written`,
      hint: 'write for each entry why its failure is accepted, or take the entry out',
    });
  }
  return parsed.data;
}

/**
 * One document of YAML 1.2 in which every scalar is text: no anchors, no aliases, no tags, no key twice. What is wrong is said
 * by line and column.
 */
function parseYaml(path: string, text: string): unknown {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      version: '1.2',
      schema: 'failsafe',
      uniqueKeys: true,
      strict: true,
      stringKeys: true,
      prettyErrors: false,
      logLevel: 'error',
      lineCounter: lines,
    });
    const [fault] = [...document.errors, ...document.warnings];
    if (fault !== undefined) {
      const { line, col } = lines.linePos(fault.pos[0]);
      throw invalid(`${path}: line ${line}, column ${col}: ${fault.message}`);
    }
    refuseReferences(path, document, lines);
    return document.contents === null ? [] : document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    if (error instanceof KeyferryError) throw error;
    // What nests too deep.
    throw invalid(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A list of accepted failures says each thing where it stands. */
function refuseReferences(path: string, document: Document, lines: LineCounter): void {
  visit(document, {
    Node(_, node) {
      const has = 'anchor' in node && node.anchor ? 'an anchor' : isNode(node) && node.tag ? 'a tag' : null;
      if (has !== null) throw invalid(`${path}: line ${lines.linePos(node.range?.[0] ?? 0).line}: found ${has}`);
    },
    Alias(_, node) {
      throw invalid(`${path}: line ${lines.linePos(node.range?.[0] ?? 0).line}: found an alias`);
    },
  });
}

function invalid(reason: string): KeyferryError {
  return new KeyferryError('EXCEPTIONS_INVALID', { reason });
}
