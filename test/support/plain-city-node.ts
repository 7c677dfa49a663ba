// Stands in for the city node where a test is about the processes around it: answers with a
// discovery document, or ends at once when told to.
import { createServer } from 'node:http';

const port = Number(process.env['HUTONG_PORT']);

if (process.argv.includes('--end-at-once')) {
  process.stderr.write('ended as the test asked\n');
  process.exit(3);
}

createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ issuer: `http://localhost:${port}` }));
}).listen(port, '127.0.0.1');
