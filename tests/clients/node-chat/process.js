// A server process that can be killed and started again at the same place.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE = 4000;

/** Asks until it holds, and fails with the last reason. */
export async function soon(question, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    try {
      const value = await question();
      if (value !== false) return value;
      assert.ok(Date.now() < end, `never became true: ${question}`);
    } catch (error) {
      if (Date.now() >= end) throw error;
    }
    await sleep(20);
  }
}

/** A server process of this test's own, which can be killed and started again at the same place. */
export class Process {
  static async on(data) {
    const mynah = new Process();
    mynah.data = data;
    mynah.port = await freePort();
    await mynah.start();
    return mynah;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async start() {
    const binary = process.env.MYNAH_BIN;
    assert.ok(binary, 'MYNAH_BIN tells where the program is');
    this.child = spawn(binary, ['--listen', `127.0.0.1:${this.port}`, '--data', this.data], {
      env: {}, stdio: process.env.MYNAH_VERBOSE ? 'inherit' : 'ignore',
    });
    await soon(async () => (await fetch(`${this.url}/_mynah/health`)).ok, 10_000);
  }

  /** Ends it as a power cut would. */
  async kill() {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }
}

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
