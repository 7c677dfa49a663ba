// The peers, and one of them.
import { z } from 'zod';
import { defineRoute } from '../../platform/http/route.ts';
import type { Route } from '../../platform/http/route.ts';
import { holdsOneOf, SYSTEM } from '../../roles/officer-power.ts';
import { peerPaths } from './peer-paths.ts';
import { adminFrame, administratorReading, peerOrRefusal } from './peers-access.ts';
import type { PeersConsoleDependencies } from './peers-access.ts';
import { peersDone } from './peers.views.ts';
import { presentPeer, presentRow } from './present-peer.ts';

export const peerParams = z.object({ id: z.string().max(31) });
const doneQuery = z.strictObject({ done: z.enum(peersDone).optional() });

export function peersRoutes(deps: PeersConsoleDependencies): Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: peerPaths.peers,
      name: 'admin.peers',
      limiter: 'admin',
      input: { query: doneQuery },
      async handle(ctx, { query }) {
        const at = await administratorReading(deps, ctx);
        if (!at) return;
        const [records, sightings] = [await deps.peers.list(), await deps.sightings.all()];
        const mayJoin = holdsOneOf(at.officer.account, SYSTEM);
        ctx.render('admin/peers', {
          ...adminFrame(at, query.done),
          peers: records.map((record) => presentRow(deps, record, sightings.get(record.peer.id))),
          ...(mayJoin ? { joinHref: peerPaths.join } : {}),
        });
      },
    }),
    defineRoute({
      method: 'GET',
      path: peerPaths.peer,
      name: 'admin.peer',
      limiter: 'admin',
      input: { params: peerParams, query: doneQuery },
      async handle(ctx, { params: { id }, query }) {
        const at = await administratorReading(deps, ctx);
        const record = at && (await peerOrRefusal(deps, ctx, { at, id }));
        if (!at || !record) return;
        const shown = await presentPeer(deps, at, record);
        ctx.render('admin/peer', { ...adminFrame(at, query.done), ...shown });
      },
    }),
  ];
}
