// Runs every subject against a server, and tells each failure in a line:
//
//   MYNAH_BIN=target/debug/mynah node run.js [subject ...]
//
// MYNAH_CACHE=1 switches the SDK's local cache on.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from 'node:test';

import { Process } from './process.js';
import { OF_THE_SDK, inVain, needless, unexplained } from './report.js';

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

/** Counts a check of a subject, and notes why it failed. */
function count(tally, subject, event, isFailure) {
  // A file that ends badly is reported as a test of the file's name.
  const isFile = path.isAbsolute(event.name);
  if (!isFailure) {
    if (isFile) return;
    tally.passed += 1;
    if (process.env.MYNAH_VERBOSE) console.log(`ok ${subject}: ${event.name}`);
    return;
  }
  const { error } = event.details;
  if (isFile && error?.failureType === 'subtestsFailed') return;
  const cause = error?.cause ?? error;
  const name = isFile ? 'the whole subject' : event.name;
  const why = String(cause?.message ?? cause).split('\n').slice(0, 12).join(' ');
  tally.failures.push(`${subject}: ${name}: ${cause?.code ?? ''} ${why}`);
  if (process.env.MYNAH_VERBOSE && cause?.stack) console.log(cause.stack);
}

/** Runs one subject in a process of its own. */
function runSubject(file) {
  const name = path.basename(file, '.js');
  const tally = { passed: 0, failures: [] };
  const stream = run({ files: [file], timeout: 110_000 });
  stream.on('test:pass', (event) => count(tally, name, event, false));
  stream.on('test:fail', (event) => count(tally, name, event, true));
  stream.on('test:stderr', (event) => process.stdout.write(event.message));
  return new Promise((resolve) => stream.on('end', () => resolve(tally)).resume());
}

/** Runs one subject, and tells what failed. */
async function subject(file) {
  const tally = await runSubject(file);
  for (const failure of tally.failures) console.log(`FAILED ${failure}`);
  passed += tally.passed;
  failed += tally.failures.length;
}

// Those that wait longest first, and a few at a time.
const waits = (file) => ['reconnection', 'faults'].includes(path.basename(file, '.js'));
subjects.sort((one, other) => Number(waits(other)) - Number(waits(one)));
const lanes = Array.from({ length: 4 }, async () => {
  for (let file = subjects.shift(); file !== undefined; file = subjects.shift()) await subject(file);
});
await Promise.all(lanes);

// What the subjects have asked for is known to the server, but for what is listed with a reason.
const asked = await inVain(mynah.url);
const wrong = unexplained(asked, OF_THE_SDK).map((each) => `sent in vain: ${each}`);
// A subject alone, or one that has failed, does not send all that it would.
if (wanted.length === 0 && failed === 0) {
  wrong.push(...needless(asked, OF_THE_SDK).map((each) => `no longer sent: ${each}`));
}
for (const each of wrong) console.log(`FAILED the server's report: ${each}`);
failed += wrong.length;
if (wrong.length === 0) passed += 1;

await mynah.kill();
await rm(data, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
