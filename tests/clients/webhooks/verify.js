// A backend that takes webhooks as the service documents them: the signature is the HMAC-SHA256 of the raw body by the
// master API token, in hexadecimal digits. Usage: verify.js TOKEN; it prints where it listens.
const crypto = require('node:crypto');
const http = require('node:http');

const token = process.argv[2];

function isGenuine(body, signature) {
  const expected = crypto.createHmac('sha256', token).update(body).digest();
  const given = Buffer.from(signature ?? '', 'hex');
  return given.length === expected.length && crypto.timingSafeEqual(given, expected);
}

const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts);
    const whole = isGenuine(body, request.headers['x-sendbird-signature']) && 'category' in JSON.parse(body);
    response.writeHead(whole ? 200 : 401).end();
  });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
