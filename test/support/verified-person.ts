// Somebody whose identity was checked, and who is on the way to the face service and to the network
// identity service.
import { samplePeople } from '../../src/demo/registers/people.ts';
import { EvidenceFileStore } from '../../src/evidence-files/evidence-file-store.ts';
import { EvidenceStore } from '../../src/verification/evidence-store.ts';
import {
  FaceRequestStore,
  NetworkRequestStore,
} from '../../src/verification/face-request-store.ts';
import { ReviewDraftStore } from '../../src/verification/review-draft-store.ts';
import type { TestStorage } from './storage.ts';

export async function verifySomebody(storage: TestStorage, accountId: string): Promise<void> {
  const page = { bytes: Buffer.from('a picture'), width: 1, height: 1 };
  await new EvidenceFileStore(storage).add({ ownerId: accountId, slot: 'front' }, [page]);
  const { database, clock, random } = storage;
  const { name, number } = samplePeople[0] ?? { name: '', number: '' };
  const claim = { name, certificate: { type: '111', number } } as const;
  const request = { sid: 's', nonce: 'n', claim, handle: 'h', consentedAt: clock.now() };
  const typed = { type: '111', country: undefined, birthDate: '1992-08-16', answers: [] } as const;
  await new ReviewDraftStore(storage).save(accountId, { ...typed, name, number });
  await database.transaction(async (session) => {
    await new EvidenceStore(storage).insert(
      accountId,
      {
        source: 'population',
        method: 'two_element',
        terminal: 'online',
        resultCode: '00',
        grade: 'A',
        level: 2,
        details: claim,
      },
      session,
    );
    const requests = new FaceRequestStore(storage);
    await requests.insert(random.id(), { accountId, ...request }, session);
    const { handle: _handle, ...common } = request;
    const way = { codeVerifier: 'v', redirectUri: 'https://id.example/', wantsName: false };
    const network = { accountId, ...common, ...way };
    await new NetworkRequestStore(storage).insert(random.id(), network, session);
  });
}
