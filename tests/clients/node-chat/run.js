// Runs every subject against a server, and tells each failure in a line:
//
//   MYNAH_BIN=target/debug/mynah node run.js [subject ...]
//
// MYNAH_CACHE=1 switches the SDK's local cache on.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from 'node:test';

import { Process } from './kit.js';

const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const wanted = process.argv.slice(2);
const subjects = (await readdir(path.join(here, 'subjects')))
  .filter((file) => file.endsWith('.js'))
  .filter((file) => wanted.length === 0 || wanted.includes(path.basename(file, '.js')))
  .map((file) => path.join(here, 'subjects', file));

const data = await mkdtemp(path.join(tmpdir(), 'mynah-chat-'));
const mynah = await Process.on(data);
process.env.MYNAH_URL = mynah.url;

let [passed, failed] = [0, 0];
const tell = (event, failure) => {
  const subject = path.basename(event.file ?? '', '.js');
  // A file that ends badly is reported as a test of the file's name.
  const ofFile = path.isAbsolute(event.name) || event.details?.type === 'suite';
  if (!failure) {
    if (!ofFile) passed += 1;
    if (process.env.MYNAH_VERBOSE && !ofFile) console.log(`ok ${subject}: ${event.name}`);
    return;
  }
  const error = event.details.error;
  if (ofFile && error?.failureType === 'subtestsFailed') return;
  failed += 1;
  const cause = error?.cause ?? error;
  console.log(`FAILED ${subject}: ${event.name}: ${cause?.code ?? ''} ${String(cause?.message ?? cause)}`);
  if (process.env.MYNAH_VERBOSE && cause?.stack) console.log(cause.stack);
};

const stream = run({ files: subjects, concurrency: 3, timeout: 110_000 });
stream.on('test:pass', (event) => tell(event, false));
stream.on('test:fail', (event) => tell(event, true));
stream.on('test:stderr', (event) => process.stdout.write(event.message));
await new Promise((resolve) => stream.on('end', resolve).resume());

await mynah.kill();
await rm(data, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
