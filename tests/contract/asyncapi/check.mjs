// Reads an AsyncAPI document with the official parser; prints what it found as JSON.
import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';

const source = await readFile(process.argv[2], 'utf8');
const { document, diagnostics } = await new Parser().parse(source);
const found = {
  diagnostics: diagnostics.map(({ code, message, path, severity }) => ({
    code, message, severity, path: path.join('/'),
  })),
  version: document?.version(),
  channels: document?.channels().all().map((channel) => channel.address()) ?? [],
  messages: document?.allMessages().all().map((message) => message.name()) ?? [],
};
console.log(JSON.stringify(found));
