import { createHash } from 'node:crypto';
import { Markup, markup } from './markup.js';

export interface Frame {
  readonly title: string;
  /** CSS; it names no other file. */
  readonly style: string;
  /** A classic script for the end of the body; null for none. */
  readonly script: string | null;
  readonly body: Markup;
}

/**
 * A page that needs nothing else: its policy (Content Security Policy, level 3) lets a browser load nothing, send nothing,
 * and apply this style and this script alone, by their hashes.
 */
export function pageIn({ title, style, script, body }: Frame): string {
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    ...(script === null ? [] : [`script-src '${hashOf(script)}'`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${body}
${script === null ? null : new Markup(`<script>${script}</script>\n`)}</body>
</html>
`.source;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
