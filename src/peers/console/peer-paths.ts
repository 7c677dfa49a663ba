// Addresses of the administration of peers.

export const peerPaths = {
  peers: '/admin/peers',
  join: '/admin/peers/new',
  peer: '/admin/peers/:id',
  change: '/admin/peers/:id/change',
  test: '/admin/peers/:id/test',
  step: '/admin/peers/:id/:step',
} as const;

/** What is asked for once more before it is done. */
export const peerConsoleSteps = ['approve', 'activate', 'suspend', 'resume', 'remove'] as const;
export type PeerConsoleStep = (typeof peerConsoleSteps)[number];

export function peerPath(id: string, page?: PeerConsoleStep | 'change' | 'test'): string {
  const path = peerPaths.peer.replace(':id', id);
  return page === undefined ? path : `${path}/${page}`;
}
