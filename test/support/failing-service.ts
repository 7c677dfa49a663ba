// A service that answers everything alike, or nothing, and counts.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FailingService {
  address: string;
  count(): number;
  close(): Promise<void>;
}

/** @param status undefined: it never answers */
export async function startFailingService(
  status: number | undefined,
  body = '',
): Promise<FailingService> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    request.resume();
    if (status === undefined) return;
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
