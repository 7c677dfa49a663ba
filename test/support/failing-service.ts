// A service that answers everything alike, and counts.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FailingService {
  address: string;
  count(): number;
  close(): Promise<void>;
}

export async function startFailingService(status: number, body = ''): Promise<FailingService> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    request.resume();
    response.statusCode = status;
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
