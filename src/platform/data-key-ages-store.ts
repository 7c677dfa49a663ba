// When the newest data key of each purpose was made; without opening one.
import type { KeyPurpose } from './crypto.ts';
import type { Database } from './mongo.ts';

export interface DataKeyAge {
  purpose: KeyPurpose;
  createdAt: Date;
}

export async function newestDataKeys(database: Database): Promise<DataKeyAge[]> {
  return database
    .collection('dataKeys')
    .aggregate<DataKeyAge>([
      { $group: { _id: '$purpose', createdAt: { $max: '$createdAt' } } },
      { $project: { _id: 0, purpose: '$_id', createdAt: 1 } },
      { $sort: { purpose: 1 } },
    ])
    .toArray();
}
